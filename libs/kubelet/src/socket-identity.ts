import { statSync } from 'node:fs';

/**
 * Text that is equal as long as a path leads to the same file, and differs
 * once it was removed and made again; undefined while it is missing. The change
 * time is part of it, for file systems hand out freed inode numbers at once.
 */
export function fileIdentity(path: string): string | undefined {
  try {
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stat && `${stat.dev}:${stat.ino}:${stat.ctimeNs}`;
  } catch {
    return undefined;
  }
}
