import { readdir, readFile } from 'node:fs/promises';
import { type HostRoot, isAbsence } from '@rackwright/host';

/** A loop device that is in use. */
export interface BackingFile {
  /** E.g. `loop0`. */
  readonly device: string;
  /** Path of its file as this process sees it; of one it does not see, whatever the kernel makes of it. */
  readonly file: string;
}

/** The loop devices in use, as sysfs tells them without a program. */
export async function backingFiles(root: HostRoot): Promise<readonly BackingFile[]> {
  const names = await readdir(root.path(root.sys('block')));
  const loops = names.filter((name) => name.startsWith('loop'));
  const found = await Promise.all(
    loops.map(async (device) => {
      const path = root.path(root.sys('block', device, 'loop', 'backing_file'));
      const text = await readFile(path, 'utf8').catch(ifUnused);
      return text === undefined ? [] : [{ device, file: text.replace(/\n$/, '') }];
    }),
  );
  return found.flat();
}

/** The folder is there only while a file is attached. */
function ifUnused(error: unknown): undefined {
  if (!isAbsence(error)) throw error;
}
