import type { OpenDisk } from '../disk/disk.ts';

const MiB = 1024n * 1024n;
/** Read whole at the beginning and at the end. */
const edgeBytes = 4n * MiB;
const blockBytes = 64n * 1024n;
const randomBlocks = 64;
const chunkBytes = 1024n * 1024n;

/** One part of a disk that is looked at. */
interface Sample {
  readonly offset: bigint;
  readonly length: number;
}

/**
 * Looks for data without a signature: at both ends and at random places in
 * between. Every sample must be all zeros or all ones, as a new or cleared disk
 * reads.
 *
 * @param random from 0 up to 1, as `Math.random`
 * @returns the offset of the first sample with data, or undefined
 * @throws HwError Unavailable if a place cannot be read
 */
export async function firstContent(
  disk: Pick<OpenDisk, 'sizeBytes' | 'read'>,
  random: () => number,
  signal?: AbortSignal,
): Promise<bigint | undefined> {
  for (const { offset, length } of samples(disk.sizeBytes, random)) {
    signal?.throwIfAborted();
    if (!isBlank(await disk.read(offset, length))) return offset;
  }
  return undefined;
}

function samples(size: bigint, random: () => number): Sample[] {
  if (size <= 2n * edgeBytes) return chunks(0n, size);
  const between = (size - 2n * edgeBytes) / blockBytes;
  const scattered = Array.from({ length: randomBlocks }, (): Sample => {
    const block = BigInt(Math.floor(random() * Number(between)));
    return { offset: edgeBytes + block * blockBytes, length: Number(blockBytes) };
  });
  return [...chunks(0n, edgeBytes), ...chunks(size - edgeBytes, size), ...(between > 0n ? scattered : [])];
}

function chunks(from: bigint, to: bigint): Sample[] {
  const list: Sample[] = [];
  for (let offset = from; offset < to; offset += chunkBytes) {
    list.push({ offset, length: Number(to - offset < chunkBytes ? to - offset : chunkBytes) });
  }
  return list;
}

/** All bytes are the first one, if each is the one before it: a comparison of memory, not a loop over millions. */
function isBlank(bytes: Uint8Array): boolean {
  const [first] = bytes;
  if (first !== 0 && first !== 0xff) return false;
  return Buffer.compare(bytes.subarray(1), bytes.subarray(0, -1)) === 0;
}
