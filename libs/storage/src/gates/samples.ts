import type { DiskPart, OpenDisk } from '../disk/disk.ts';

const MiB = 1024n * 1024n;
/** Read whole at the beginning and at the end. */
const edgeBytes = 4n * MiB;
const blockBytes = 64n * 1024n;
const randomBlocks = 64;
/** So much is read in one call, and into one buffer for all calls. */
const chunkBytes = 1024n * 1024n;

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
  const buffer = Buffer.allocUnsafeSlow(Number(chunkBytes));
  for (const parts of inChunks(samples(disk.sizeBytes, random))) {
    signal?.throwIfAborted();
    await disk.read(parts, buffer);
    let at = 0;
    for (const { offset, length } of parts) {
      if (!isBlank(buffer.subarray(at, at + length))) return offset;
      at += length;
    }
  }
  return undefined;
}

/** The same parts in the same order, as many at a time as fit into a chunk. */
function inChunks(parts: readonly DiskPart[]): DiskPart[][] {
  const chunks: DiskPart[][] = [];
  let room = 0;
  for (const part of parts) {
    if (part.length > room) {
      chunks.push([]);
      room = Number(chunkBytes);
    }
    chunks.at(-1)?.push(part);
    room -= part.length;
  }
  return chunks;
}

function samples(size: bigint, random: () => number): DiskPart[] {
  if (size <= 2n * edgeBytes) return chunks(0n, size);
  const between = (size - 2n * edgeBytes) / blockBytes;
  const scattered = Array.from({ length: randomBlocks }, (): DiskPart => {
    const block = BigInt(Math.floor(random() * Number(between)));
    return { offset: edgeBytes + block * blockBytes, length: Number(blockBytes) };
  });
  return [...chunks(0n, edgeBytes), ...chunks(size - edgeBytes, size), ...(between > 0n ? scattered : [])];
}

function chunks(from: bigint, to: bigint): DiskPart[] {
  const list: DiskPart[] = [];
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
