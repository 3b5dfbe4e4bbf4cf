import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ManualClock, silentLogger, systemClock } from '@rackwright/core';
import {
  defaultAi100Pattern,
  defaultHealthRules,
  nvmeControllers,
  scanNvme,
  selectDrives,
} from '@rackwright/hardware-nvme';
import { HostFiles, SystemProcessRunner } from '@rackwright/host';
import { faults, SimulatedHost } from '@rackwright/simulator';
import { HostTools, NvmeCli } from '@rackwright/storage';
import type { CacheVolume } from '../units/volume.ts';
import { HealthRecordFile } from './health-record.ts';
import { HealthTracker } from './health-tracker.ts';

const pollMs = 30_000;
const [first, second] = ['AI1E2T0240000001', 'AI1E2T0240000002'] as const;
const rules = {
  rule: {
    match: 'ModelAndVendor',
    modelPattern: new RegExp(defaultAi100Pattern, 'i'),
    pciVendors: ['1987'],
    allowSerials: [],
    denySerials: [],
  },
  firmwareCheck: 'Skip',
  firmwareAllowed: [],
} as const;
const usable: CacheVolume = {
  hostPath: '/mnt/nvme0',
  members: [first, second],
  usable: true,
  reason: 'Ready',
  message: 'mounted',
};
const lost: CacheVolume = { ...usable, usable: false, reason: 'Lost', message: 'its drives are missing' };

/** Time between looks; the tools themselves run in real time. */
const clock = new ManualClock();
let folder: string;
let host: SimulatedHost;
let tracker: HealthTracker;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ai100-health-'));
  host = await SimulatedHost.create(join(folder, 'node'), { commands: true, nvme: [{}, {}] }, systemClock);
  tracker = newTracker();
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** As an agent that has just started. */
function newTracker(deadlineMs = 10_000): HealthTracker {
  const runner = new SystemProcessRunner(systemClock);
  const tools = new HostTools({ runner, root: host.root, entry: 'tree' });
  const record = new HealthRecordFile(host.root, silentLogger);
  const nvme = new NvmeCli(tools, { deadlineMs });
  return new HealthTracker({ nvme, rules: defaultHealthRules, pollMs, record, clock, logger: silentLogger });
}

/** Looks, a poll apart; what is said of both drives at the end. */
async function look(times = 1, volumes: readonly CacheVolume[] = [usable]): Promise<string[]> {
  for (let i = 0; i < times; i++) {
    await clock.advance(pollMs);
    const drives = selectDrives(nvmeControllers(scanNvme(new HostFiles(host.root))), rules);
    await tracker.look(drives, volumes, new AbortController().signal);
  }
  return tracker.drives.value.map(({ health }) => `${health.state}: ${health.reason}`);
}

const well = 'Healthy: Ok';
const fails = (is: boolean): void =>
  host.hardware.nvme.update('nvme1', ({ admin }) => ({ admin: { ...admin, fails: is } }));

test('a drive whose commands fail is Suspect, then Unhealthy, and comes back after three clean polls and five minutes', async () => {
  expect(await look()).toEqual([well, well]);
  fails(true);
  expect(await look()).toEqual([well, well]);
  expect(await look()).toEqual([well, 'Suspect: SmartUnreadable']);
  expect(await look()).toEqual([well, 'Unhealthy: SmartUnreadable']);
  fails(false);
  expect(await look(10)).toEqual([well, 'Recovering: Recovering']);
  expect(await look()).toEqual([well, well]);
  expect(tracker.transitions).toContainEqual({ serial: second, from: 'Suspect', to: 'Unhealthy', count: 1 });
}, 60_000);

test('a drive that hangs is told to stop at the deadline, and the other is read on time', async () => {
  tracker = newTracker(5000);
  host.hardware.nvme.update('nvme1', ({ admin }) => ({ admin: { ...admin, delayMs: 60_000 } }));
  expect(await look()).toEqual([well, 'Unknown: NotChecked']);
  expect(tracker.drives.value[1]?.health.memory.smartMisses).toBe(1);
}, 60_000);

test('a drive that is pulled is Unhealthy at once, and known by its serial number when it is back', async () => {
  await look();
  const drive = host.hardware.nvme.unplug('nvme0');
  expect(await look()).toEqual(['Unhealthy: Gone', well]);
  expect(tracker.drives.value[0]?.controller).toBeUndefined();
  host.hardware.nvme.plugBack(drive);
  expect(await look()).toEqual(['Recovering: Recovering', well]);
}, 60_000);

test('an agent that starts anew knows what a drive has done', async () => {
  await look();
  fails(true);
  await look(3);
  fails(false);
  tracker = newTracker();
  expect(await look()).toEqual([well, 'Recovering: Recovering']);
}, 60_000);

test('a volume that is lost after it was used makes all of its drives Unhealthy, one that is being made does not', async () => {
  expect(await look(1, [lost])).toEqual([well, well]);
  expect(await look(1, [usable])).toEqual([well, well]);
  expect(await look(1, [lost])).toEqual(['Unhealthy: Lost', 'Unhealthy: Lost']);
}, 60_000);

test('without the program to ask with a drive is not offered, and it is the program that is named', async () => {
  const path = host.root.path('/usr/sbin/nvme');
  expect(await look()).toEqual([well, well]);
  renameSync(path, `${path}.away`);
  const [first] = await look(3);
  expect(first).toBe('Unhealthy: ToolMissing');
  expect(tracker.drives.value[0]?.health.message).toContain(
    'the host has no nvme (install nvme-cli on the node)',
  );
  renameSync(`${path}.away`, path);
  expect(await look()).toEqual(['Recovering: Recovering', 'Recovering: Recovering']);
}, 60_000);

test('a drive whose log is nonsense is not offered, and the other is', async () => {
  await look();
  const nonsense = { command: 'nvme', words: ['smart-log', '/dev/nvme1'], stdout: '{"critical_warning":' };
  await faults.commandPrints(host, nonsense).apply();
  expect(await look(3)).toEqual([well, 'Unhealthy: SmartUnreadable']);
}, 60_000);
