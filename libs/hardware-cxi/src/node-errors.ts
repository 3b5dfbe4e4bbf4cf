import { closeSync, constants, openSync } from 'node:fs';
import { type HostReader, ifReadable } from '@rackwright/host';
import type { CxiDevice } from './device.ts';

/** The driver behind a node is gone or broken, or the node itself is. */
const broken: ReadonlySet<string> = new Set(['ENXIO', 'ENODEV', 'EIO', 'ENOENT']);

/**
 * Opens the device node of each device and closes it again: the error's name by
 * device where no process could use the node. Whether this one may is another
 * question: an agent without privileges is kept out by its device cgroup, and a
 * NIC in full use may be busy.
 */
export function deviceNodeErrors(
  files: HostReader,
  devices: readonly Pick<CxiDevice, 'name' | 'devNode'>[],
): ReadonlyMap<string, string> {
  return new Map(
    devices.flatMap(({ name, devNode }) => {
      const error = devNode.present ? nodeError(files, devNode.path) : undefined;
      return error === undefined ? [] : [[name, error] as const];
    }),
  );
}

function nodeError(files: HostReader, path: string): string | undefined {
  const real = ifReadable(undefined, () => files.resolve(path));
  if (real === undefined) return undefined;
  try {
    const flags = constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOCTTY | constants.O_NOFOLLOW;
    closeSync(openSync(files.root.path(real), flags));
    return undefined;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    return broken.has(code) ? code : undefined;
  }
}
