import { readdir, readFile } from 'node:fs/promises';
import { type HostRoot, isAbsence } from '@rackwright/host';

/** A loop device that is in use. */
export interface BackingFile {
  /** E.g. `loop0`. */
  readonly device: string;
  /** Path of its file as this process sees it; of one it does not see, whatever the kernel makes of it. */
  readonly file: string;
}

/**
 * The loop devices in use, as sysfs tells them without a program; undefined where it
 * shows none at all, as the sysfs of a container may be that of no machine.
 */
export async function backingFiles(root: HostRoot): Promise<readonly BackingFile[] | undefined> {
  const names = await readdir(root.path(root.sys('block'))).catch(ifAbsent);
  const loops = (names ?? []).filter((name) => name.startsWith('loop'));
  if (loops.length === 0) return undefined;
  const found = await Promise.all(
    loops.map(async (device) => {
      const path = root.path(root.sys('block', device, 'loop', 'backing_file'));
      const text = await readFile(path, 'utf8').catch(ifAbsent);
      return text === undefined ? [] : [{ device, file: text.replace(/\n$/, '') }];
    }),
  );
  return found.flat();
}

/** The folder of a loop device is there only while a file is attached. */
function ifAbsent(error: unknown): undefined {
  if (!isAbsence(error)) throw error;
}
