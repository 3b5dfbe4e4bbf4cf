import { expect, test } from '@jest/globals';
import { BoundedCalls, ManualClock } from '@rackwright/core';
import { boundedDisks } from './bounded-disks.ts';
import type { OpenDisk } from './disk.ts';

test('a disk that hangs is given up at the deadline, and closed should it be opened later', async () => {
  const clock = new ManualClock();
  const opened = Promise.withResolvers<OpenDisk>();
  const closed = Promise.withResolvers<void>();
  const open = (): Promise<OpenDisk> => opened.promise;
  const access = boundedDisks(
    { openExclusive: open, openShared: open },
    new BoundedCalls({ clock, deadlineMs: 10_000 }),
  );
  const failed = expect(access.openExclusive('nvme1n1')).rejects.toThrow(
    'disk nvme1n1 took longer than 10000 ms',
  );
  await clock.advance(10_000);
  await failed;
  await expect(access.openShared('nvme1n1')).rejects.toMatchObject({ code: 'Unavailable' });
  opened.resolve({
    ...{ path: '/dev/nvme1n1', device: '259:0', isBlockDevice: true, serial: 'A', sizeBytes: 1n },
    read: async () => undefined,
    [Symbol.asyncDispose]: async () => closed.resolve(),
  });
  await closed.promise;
});

test('a read that hangs is given up, too', async () => {
  const clock = new ManualClock();
  const disk: OpenDisk = {
    ...{ path: '/dev/nvme1n1', device: '259:0', isBlockDevice: true, serial: 'A', sizeBytes: 1n },
    read: () => new Promise(() => undefined),
    // As a handle of Node, which is closed after its last read.
    [Symbol.asyncDispose]: () => new Promise(() => undefined),
  };
  const access = boundedDisks(
    { openExclusive: async () => disk, openShared: async () => disk },
    new BoundedCalls({ clock, deadlineMs: 1000 }),
  );
  await using held = await access.openShared('nvme1n1');
  const failed = expect(
    held.read([{ offset: 0n, length: 4096 }], new Uint8Array(4096)),
  ).rejects.toMatchObject({ code: 'DeadlineExceeded' });
  await clock.advance(1000);
  await failed;
});
