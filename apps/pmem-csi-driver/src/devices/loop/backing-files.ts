import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { type HostRoot, ifPresent } from '@rackwright/host';

/** A loop device that is in use. */
export interface BackingFile {
  /** E.g. `loop0`. */
  readonly device: string;
  /** Path of its file as this process sees it; of one it does not see, whatever the kernel makes of it. */
  readonly file: string;
}

/**
 * The loop devices in use, as sysfs tells them without a program; undefined where it
 * shows none at all, as the sysfs of a container may be that of no machine. It is in
 * memory, and read at once: a thread that does it costs more.
 *
 * @throws UnreadableError
 */
export function backingFiles(root: HostRoot): readonly BackingFile[] | undefined {
  const folder = root.path(root.sys('block'));
  const names = ifPresent(folder, () => readdirSync(folder)) ?? [];
  const loops = names.filter((name) => name.startsWith('loop'));
  if (loops.length === 0) return undefined;
  return loops.flatMap((device) => {
    const file = backingFile(root, device);
    return file === undefined ? [] : [{ device, file }];
  });
}

/** The file behind a loop device; undefined for one that is in no use, and then has no folder of that name. */
function backingFile(root: HostRoot, device: string): string | undefined {
  const folder = root.path(root.sys('block', device, 'loop'));
  if (!existsSync(folder)) return undefined;
  const path = `${folder}/backing_file`;
  return ifPresent(path, () => readFileSync(path, 'utf8'))?.replace(/\n$/, '');
}
