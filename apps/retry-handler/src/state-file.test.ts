import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { silentLogger, systemClock } from '@rackwright/core';
import type { RetryHandlerEntry } from '@rackwright/hardware-cxi';
import { HostFiles, HostRoot } from '@rackwright/host';
import { ProcFs } from './proc.ts';
import { StateFile } from './state-file.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rw-state-'));
});

afterEach(() => rm(folder, { recursive: true }));

/** The file as a supervisor of that boot sees it. */
function stateFile(bootId: string | undefined): StateFile {
  const files = new HostFiles(new HostRoot(folder));
  return new StateFile({ files, bootId, clock: systemClock, logger: silentLogger });
}

const dead: RetryHandlerEntry = {
  device: 'cxi0',
  state: 'Failed',
  restarts: 0,
  since: '2026-01-01T00:00:00.000Z',
  rebootRequired: true,
};

test('a reboot that was made is acknowledged without anybody doing it, also where /run outlives it', async () => {
  await stateFile('first').save({ onCrash: 'markUnhealthy', handlers: [dead] });
  expect(await stateFile('first').read()).toEqual([dead]);
  expect(await stateFile('second').read()).toEqual([]);
});

test.each([
  ['written by an earlier version', undefined, 'first'],
  ['where the kernel tells no boots apart', 'first', undefined],
])('a state %s is kept', async (_, written, read) => {
  await stateFile(written).save({ onCrash: 'markUnhealthy', handlers: [dead] });
  expect(await stateFile(read).read()).toEqual([dead]);
});

test('the boot of this machine stays the same while it runs', () => {
  const [first, second] = [new ProcFs().bootId(), new ProcFs().bootId()];
  expect(first).toMatch(/^[0-9a-f-]{36}$/);
  expect(second).toBe(first);
});
