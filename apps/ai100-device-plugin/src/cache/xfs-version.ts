import { open } from 'node:fs/promises';

/** The magic number and where the version is in an XFS superblock (xfs_format.h). */
const magic = 'XFSB';
const versionAt = 100;

/**
 * Whether a device has XFS in its fourth version, which newer kernels do not mount.
 * What cannot be read is not said to be old.
 */
export async function isLegacyXfs(path: string): Promise<boolean> {
  const bytes = Buffer.alloc(versionAt + 2);
  try {
    await using file = await open(path, 'r');
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    if (bytesRead < bytes.length || bytes.toString('latin1', 0, 4) !== magic) return false;
    return (bytes.readUInt16BE(versionAt) & 0xf) < 5;
  } catch {
    return false;
  }
}
