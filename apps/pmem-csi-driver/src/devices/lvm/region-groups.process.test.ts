import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type LogFields, type Logger, ManualClock, silentLogger, systemClock } from '@rackwright/core';
import { SystemProcessRunner } from '@rackwright/host';
import { faults, SimulatedHost } from '@rackwright/simulator';
import { HostTools } from '@rackwright/storage';
import { waitUntil } from '@rackwright/testbed/without-nodes';
import { PmemHost } from '../../testing/pmem-host.ts';
import { Ndctl } from '../ndctl.ts';
import { memoryLvm } from './memory-lvm.ts';
import { PendingNamespaces } from './pending-namespaces.ts';
import { RegionGroups } from './region-groups.ts';

const MiB = 2 ** 20;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pmem-regions-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Two regions, and what prepares them on a clock that stands still. */
async function setUp() {
  const pmem = [{ bytes: 256 * MiB }, { bytes: 256 * MiB }];
  const host = await SimulatedHost.create(join(folder, 'host'), { pmem, commands: true });
  const runner = new SystemProcessRunner(systemClock);
  const tools = new HostTools({ runner, root: host.root, entry: 'tree' });
  const [ndctl, lvm, clock] = [new Ndctl(tools), memoryLvm(tools), new ManualClock()];
  const lines: string[] = [];
  const note = (message: string, fields?: LogFields): void => {
    lines.push(`${message}: ${fields?.region} ${fields?.error ?? ''}`);
  };
  const logger: Logger = { ...silentLogger, info: note, error: note };
  const pending = new PendingNamespaces(folder);
  const groups = new RegionGroups({ ndctl, lvm, tools, pending, clock, logger, percentage: 50 });
  const stop = new AbortController();
  const groupNames = async () => (await lvm.report()).vgs.map(({ name }) => name).sort();
  return { host, ndctl, clock, lines, groups, stop, groupNames };
}

const patience = { clock: systemClock, deadlineMs: 60_000, intervalMs: 20 };

test('a region whose namespace cannot be made is tried again after ever longer waits until it has its group', async () => {
  const { host, ndctl, clock, lines, groups, stop, groupNames } = await setUp();
  const words = ['create-namespace', 'region0'];
  const fault = faults.commandFails(host, { command: 'ndctl', words, stderr: 'No space left\n' });
  await fault.apply();
  await groups.prepare(await ndctl.list(stop.signal), stop.signal);
  expect([...groups.failures.keys()]).toEqual(['region0']);
  expect(await groupNames()).toEqual(['ndbus0region1fsdax']);
  const tries = () => lines.filter((line) => line.includes('no more volumes can be made')).length;
  expect(lines.join()).toContain('region0 ndctl create-namespace exited with 1: No space left');
  for (const [i, wait] of [5000, 10_000].entries()) {
    await waitUntil('the next wait', () => clock.waiting > 0, patience);
    await clock.advance(wait);
    await waitUntil('the next try', () => tries() === i + 2, patience);
  }
  await fault.revert?.();
  await waitUntil('the next wait', () => clock.waiting > 0, patience);
  await clock.advance(20_000);
  await waitUntil('the region to be prepared', () => groups.failures.size === 0, patience);
  expect(await groupNames()).toEqual(['ndbus0region0fsdax', 'ndbus0region1fsdax']);
  expect(lines.at(-1)).toContain('volumes can be made in a region again');
  expect(clock.waiting).toBe(0);
}, 120_000);

test('nothing is tried again once the driver ends', async () => {
  const { host, ndctl, clock, groups, stop, groupNames } = await setUp();
  await faults.commandFails(host, { command: 'lvm', words: ['vgcreate'] }).apply();
  await groups.prepare(await ndctl.list(stop.signal), stop.signal);
  expect([...groups.failures.keys()]).toEqual(['region0', 'region1']);
  await waitUntil('the wait', () => clock.waiting > 0, patience);
  stop.abort();
  await waitUntil('the end of the wait', () => clock.waiting === 0, patience);
  await clock.advance(600_000);
  expect(await groupNames()).toEqual([]);
}, 120_000);

test('volumes are made in the regions that are prepared; who needs more is told which is not, and why', async () => {
  await using pmem = await PmemHost.create([{ bytes: 256 * MiB }, { bytes: 64 * MiB }]);
  const words = ['create-namespace', 'region0'];
  await faults.commandFails(pmem.host, { command: 'ndctl', words, stderr: 'No space left\n' }).apply();
  await using driver = await pmem.start();
  const ofSize = (mebibytes: number) => ({
    capacityRange: { requiredBytes: BigInt(mebibytes * MiB), limitBytes: 0n },
  });
  await driver.create('small', ofSize(16));
  await expect(driver.create('large', ofSize(128))).rejects.toMatchObject({
    code: 'ResourceExhausted',
    message: expect.stringContaining('region0: ndctl create-namespace exited with 1: No space left'),
  });
  expect(await driver.context.metrics.metrics()).toContain(
    'pmem_region_unprepared{driver_name="pmem-csi.intel.com",node="node-1",region="region0",reason="FailedPrecondition"} 1',
  );
}, 120_000);
