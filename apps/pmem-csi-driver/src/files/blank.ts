import { type FileHandle, open } from 'node:fs/promises';

/**
 * Where libblkid looks for what a device could be (util-linux 2.38): a second header of
 * LUKS lies deepest, 4 MiB from the beginning, and that of a Promise RAID 1.5 MiB from the end.
 */
const headBytes = 4n * 1024n * 1024n + 64n * 1024n;
const tailBytes = 2n * 1024n * 1024n;
const pieceBytes = 512n * 1024n;

/**
 * Whether a device has nothing but zeros where blkid looks. Such a one needs no program
 * that looks; of any other blkid says what is on it.
 */
export async function isBlank(path: string, size: bigint): Promise<boolean> {
  const ranges =
    size <= headBytes + tailBytes
      ? [[0n, size]]
      : [
          [0n, headBytes],
          [size - tailBytes, size],
        ];
  const file = await open(path);
  try {
    const piece = Buffer.allocUnsafe(Number(pieceBytes));
    for (const [from = 0n, to = 0n] of ranges) {
      if (!(await hasZeros(file, { from, to }, piece))) return false;
    }
    return true;
  } finally {
    await file.close();
  }
}

async function hasZeros(
  file: FileHandle,
  { from, to }: { readonly from: bigint; readonly to: bigint },
  piece: Buffer,
): Promise<boolean> {
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
