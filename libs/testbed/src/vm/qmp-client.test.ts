import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { Daemon } from '../process/daemon.ts';
import { type TemporaryFolder, temporaryFolder } from '../process/temporary-folder.ts';
import { waitUntil } from '../wait-until.ts';
import { QmpClient } from './qmp-client.ts';

const program = 'qemu-system-x86_64';
const hasQemu = spawnSync(program, ['--version']).status === 0;
const title = hasQemu ? 'with a real QEMU' : 'with a real QEMU (needs qemu-system-x86)';

let folder: TemporaryFolder;
let qemu: Daemon;
let client: QmpClient;

(hasQemu ? describe : describe.skip)(title, () => {
  beforeEach(async () => {
    folder = await temporaryFolder('rwq-');
    const socket = join(folder.path, 'control.sock');
    const args = ['-machine', 'none', '-display', 'none', '-qmp', `unix:${socket},server=on,wait=off`];
    const env = { PATH: process.env.PATH ?? '' };
    qemu = await Daemon.start(
      { name: 'qemu', program, args, log: join(folder.path, 'log'), env },
      systemClock,
    );
    client = await waitUntil('QEMU', () => QmpClient.connect(socket), { clock: systemClock });
  });
  afterEach(async () => {
    client[Symbol.dispose]();
    await qemu.stop();
    await folder[Symbol.asyncDispose]();
  });

  test('a command is answered, and a wrong one fails with what QEMU says', async () => {
    expect(await client.execute('query-status')).toMatchObject({ status: 'running' });
    await expect(client.execute('device_del', { id: 'nothing' })).rejects.toMatchObject({
      code: 'FailedPrecondition',
      message: expect.stringContaining("'nothing'"),
    });
  });

  test('an event is told to who waits for it', async () => {
    const { signal } = new AbortController();
    const stopped = client.next(({ event }) => event === 'STOP', signal);
    await client.execute('stop');
    expect(await stopped).toEqual({ event: 'STOP' });
  });

  test('when QEMU is killed, calls fail at once', async () => {
    qemu.kill();
    await qemu.exited;
    await expect(client.execute('query-status')).rejects.toMatchObject({ code: 'Unavailable' });
    await expect(client.execute('query-status')).rejects.toMatchObject({ code: 'Unavailable' });
  });
});
