import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { BoundedCalls, ManualClock, silentLogger } from '@rackwright/core';
import { HostRoot, type ProcessRunner } from '@rackwright/host';
import { deviceNumber, HostTools } from '@rackwright/storage';
import { CacheUseReader } from './cache-use.ts';
import { volume } from './testing/told.ts';

const signal = new AbortController().signal;
/** No program is run. */
const runner: ProcessRunner = { run: () => Promise.reject(new Error('no program is run')) };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ai100-use-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function reader(prefix = '/'): CacheUseReader {
  const root = new HostRoot(prefix);
  const calls = new BoundedCalls({ clock: new ManualClock(), deadlineMs: 5000 });
  return new CacheUseReader(
    { root, calls, tools: new HostTools({ runner, root, entry: 'tree' }) },
    silentLogger,
  );
}
const device = (): string => deviceNumber(statSync(folder, { bigint: true }).dev);

test('a volume that is mounted says how full it is; one that is not, or is another there, does not', async () => {
  const mounted = { ...volume, hostPath: folder, device: device() };
  const uses = await reader().read([mounted], signal);
  expect(BigInt(uses.get(folder)?.sizeBytes ?? '0')).toBeGreaterThan(0n);
  for (const other of [
    { ...mounted, mounted: false },
    { ...mounted, device: '1:2' },
    { ...mounted, hostPath: join(folder, 'away') },
  ])
    expect(await reader().read([other], signal)).toEqual(new Map());
});

test('of a simulated host, whose file systems are folders of this machine, nothing is told', async () => {
  expect(await reader(folder).read([{ ...volume, hostPath: '/' }], signal)).toEqual(new Map());
});
