import { type FileHandle, open } from 'node:fs/promises';

const KiB = 1024n;
const MiB = 1024n * KiB;
const sector = 512n;

/** A range of a device, in bytes. */
interface Range {
  readonly from: bigint;
  readonly to: bigint;
}

/** A range from `at`, counted from the end where it is negative. */
const places: readonly (readonly [at: bigint, bytes: bigint])[] = [
  // Nearly everything: partition tables, LVM, RAID, and file systems from ext4 to the first labels of ZFS.
  [0n, 512n * KiB],
  // VMFS and, in its copies, bcachefs; further headers of LUKS at each of them.
  ...[1n, 2n, 4n].map((at) => [at * MiB, 4n * KiB] as const),
  // One place of a Promise RAID, and a copy of bcachefs.
  [-3087n * sector, 4n * KiB],
  [-1n * MiB, 4n * KiB],
  // RAIDs of firmware and Linux, the last labels of ZFS, copies of GPT.
  [-768n * KiB, 768n * KiB],
];

/** Most that is read in one piece. */
const pieceBytes = 512n * KiB;

/**
 * Whether a device has nothing but zeros where libblkid looks for what it could be
 * (util-linux 2.38). Such a one needs no program that looks; of any other blkid says
 * what is on it.
 */
export async function isBlank(path: string, size: bigint): Promise<boolean> {
  const file = await open(path);
  try {
    const piece = Buffer.allocUnsafe(Number(pieceBytes));
    for (const range of rangesOf(size)) {
      if (!(await hasZeros(file, range, piece))) return false;
    }
    return true;
  } finally {
    await file.close();
  }
}

/** Of a small device, all of it. */
function rangesOf(size: bigint): readonly Range[] {
  if (size < 8n * MiB) return [{ from: 0n, to: size }];
  return places.map(([at, bytes]) => {
    const from = at < 0n ? size + at : at;
    return { from, to: from + bytes };
  });
}

async function hasZeros(file: FileHandle, { from, to }: Range, piece: Buffer): Promise<boolean> {
  for (let at = from; at < to; ) {
    const wanted = to - at < pieceBytes ? to - at : pieceBytes;
    const { bytesRead } = await file.read(piece, 0, Number(wanted), Number(at));
    // A device that ends sooner than its size is none of ours to judge.
    if (bytesRead === 0 || !isZero(piece.subarray(0, bytesRead))) return false;
    at += BigInt(bytesRead);
  }
  return true;
}

/** The first byte is zero, and each is as the one before it. */
function isZero(bytes: Buffer): boolean {
  return bytes[0] === 0 && bytes.subarray(1).equals(bytes.subarray(0, -1));
}
