import type { BoundedCalls } from '@rackwright/core';
import type { DiskAccess, OpenDisk } from './disk.ts';

/** Disks that may hang: each is opened and read within a deadline, or not at all while it has not answered. */
export function boundedDisks(access: DiskAccess, calls: BoundedCalls): DiskAccess {
  const open = async (name: string, how: () => Promise<OpenDisk>): Promise<OpenDisk> => {
    let opening: Promise<OpenDisk> | undefined;
    const disk = await calls
      .run(`disk ${name}`, () => {
        opening = how();
        return opening;
      })
      .catch((error: unknown) => {
        // What is opened too late nobody holds.
        opening?.then((late) => late[Symbol.asyncDispose]()).catch(() => undefined);
        throw error;
      });
    return {
      ...disk,
      read: (parts, into) => calls.run(`disk ${name}`, () => disk.read(parts, into)),
      [Symbol.asyncDispose]: () => close(name, disk),
    };
  };
  /** A disk is closed once its last read has ended: of one that hangs nobody waits for it. */
  const close = async (name: string, disk: OpenDisk): Promise<void> => {
    const closing = Promise.resolve(disk[Symbol.asyncDispose]()).catch(() => undefined);
    await calls.run(`disk ${name}`, () => closing).catch(() => undefined);
  };
  return {
    openExclusive: (name) => open(name, () => access.openExclusive(name)),
    openShared: (name) => open(name, () => access.openShared(name)),
  };
}
