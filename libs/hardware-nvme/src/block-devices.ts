import { compareText } from '@rackwright/core';
import { type HostReader, NotingReader, type ReadFailure } from '@rackwright/host';

/** What one look at the block devices read. */
export interface BlockSnapshot {
  /** Text of queue/rotational by name of the device; devices without it are left out. */
  readonly rotational: ReadonlyMap<string, string>;
  readonly unread: readonly ReadFailure[];
}

const maxBlockDevices = 4096;

/** Reads of every block device whether it turns. Does not throw. */
export function scanBlockDevices(files: HostReader): BlockSnapshot {
  const reader = new NotingReader(files);
  const folder = files.root.sys('block');
  return files.batch(() => {
    const names = reader.names(folder, () => true, compareText, maxBlockDevices);
    const rotational = new Map<string, string>();
    for (const name of names) {
      const text = reader.texts(`${folder}/${name}/queue`, ['rotational']).rotational;
      if (text !== undefined) rotational.set(name, text);
    }
    return { rotational, unread: reader.failures };
  });
}

/** Whether a device has no turning disk. Pure. */
export function hasNonRotationalDisk({ rotational }: Pick<BlockSnapshot, 'rotational'>): boolean {
  return [...rotational.values()].includes('0');
}
