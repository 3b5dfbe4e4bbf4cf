import { closeSync, constants, openSync } from 'node:fs';
import type { HostReader } from '@rackwright/host';

/** The driver behind a node is gone or broken, or the node itself is. */
const broken: ReadonlySet<string> = new Set(['ENXIO', 'ENODEV', 'EIO', 'ENOENT']);

/**
 * Opens a device node and closes it again. Returns the error's name if no
 * process could use the node. Whether this one may is another question: a
 * plugin without privileges is kept out by its device cgroup, and a NIC in full
 * use may be busy.
 */
export function probeNode(files: HostReader, path: string): string | undefined {
  try {
    const real = files.resolve(path);
    if (real === undefined) return undefined;
    const flags = constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOCTTY | constants.O_NOFOLLOW;
    closeSync(openSync(files.root.path(real), flags));
    return undefined;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    return broken.has(code) ? code : undefined;
  }
}
