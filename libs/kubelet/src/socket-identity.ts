import { statSync } from 'node:fs';
import { ifPresent } from '@rackwright/host';

/**
 * Text that is equal as long as a path leads to the same file, and differs
 * once it was removed and made again; undefined while it is missing. The change
 * time is part of it, for file systems hand out freed inode numbers at once.
 *
 * @throws UnreadableError if it cannot be told whether there is a file
 */
export function fileIdentity(path: string): string | undefined {
  const stat = ifPresent(path, () => statSync(path, { bigint: true, throwIfNoEntry: false }));
  return stat && `${stat.dev}:${stat.ino}:${stat.ctimeNs}`;
}
