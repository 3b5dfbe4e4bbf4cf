import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Latest, ManualClock, silentLogger, systemClock } from '@rackwright/core';
import {
  defaultAi100Pattern,
  defaultHealthRules,
  nvmeControllers,
  scanNvme,
  selectDrives,
} from '@rackwright/hardware-nvme';
import { HostFiles, HostRoot, SystemProcessRunner } from '@rackwright/host';
import { faults, SimulatedHost } from '@rackwright/simulator';
import { HostTools, NvmeCli } from '@rackwright/storage';
import { waitUntil } from '@rackwright/testbed/without-nodes';
import { HealthRecordFile } from '../health/health-record.ts';
import { HealthTracker } from '../health/health-tracker.ts';
import { HistoryFile } from './history-file.ts';
import { RecoveryPermits } from './permits.ts';
import { Recovery } from './recovery.ts';
import { recoveryStatus } from './report.ts';
import type { RecoverySettings } from './settings.ts';
import type { NodeHold } from './snapshot.ts';
import { LeaseServer } from './testing/lease-server.ts';

const serial = 'AI1E2T0240000001';
const volumes = [
  { hostPath: '/mnt/nvme0', members: [serial], usable: true, reason: 'Ready', message: 'mounted' },
];
const rule = {
  match: 'ModelAndVendor',
  modelPattern: new RegExp(defaultAi100Pattern, 'i'),
  pciVendors: ['1987'],
  allowSerials: [],
  denySerials: [],
} as const;
let client: LeaseServer['client'];
const settings: RecoverySettings = {
  mode: 'Auto',
  actions: ['Rescan', 'Remount', 'ControllerReset'],
  maxResetsPerHour: 3,
  firstWaitMs: 30_000,
  cooldownMs: 600_000,
  maxAttempts: 2,
};
const signal = new AbortController().signal;

/** Time between looks; the tools themselves run in real time. */
let clock: ManualClock;
let folder: string;
let host: SimulatedHost;
let tracker: HealthTracker;
let recovery: Recovery;
let ended: Latest<number>;
let told: string[];
let hold: NodeHold | undefined;

beforeEach(async () => {
  clock = new ManualClock();
  folder = mkdtempSync(join(tmpdir(), 'ai100-recovery-'));
  host = await SimulatedHost.create(join(folder, 'node'), { commands: true, nvme: [{}] }, systemClock);
  hold = undefined;
  start(settings);
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** An agent that has just started. */
function start(own: RecoverySettings): void {
  const runner = new SystemProcessRunner(systemClock);
  const tools = new HostTools({ runner, root: host.root, entry: 'tree' });
  const nvme = new NvmeCli(tools);
  const logger = silentLogger;
  const record = new HealthRecordFile(host.root, logger);
  tracker = new HealthTracker({ nvme, rules: defaultHealthRules, pollMs: 30_000, record, clock, logger });
  ended = new Latest(0);
  told = [];
  ({ client } = new LeaseServer(() => 0));
  const files = new HostFiles(host.root);
  recovery = new Recovery({
    ...{ tracker, files, clock, logger, settings: own, random: () => 0 },
    actions: { nvme, tools },
    permits: new RecoveryPermits({ client, clock, logger, namespace: 'ns', holder: 'n1', count: 1 }),
    hold: async () => hold,
    allocatedUnits: async () => 0,
    uptimeMs: () => 3_600_000,
    file: new HistoryFile(host.root, logger),
    ended: () => ended.set(ended.value + 1),
    tell: ({ reason, message }) => void told.push(`${reason} ${message}`),
  });
}

async function look(times: number, everyMs = 30_000): Promise<string | undefined> {
  for (let i = 0; i < times; i++) {
    await clock.advance(everyMs);
    const found = nvmeControllers(scanNvme(new HostFiles(host.root)));
    await tracker.look(
      selectDrives(found, { rule, firmwareCheck: 'Skip', firmwareAllowed: [] }),
      volumes,
      signal,
    );
    await recovery.look(volumes, signal);
  }
  return tracker.drives.value[0]?.health.state;
}

/** Does what is written to files of sysfs, as long as it is used. */
const kernel = (): Disposable =>
  host.watchTriggers((error) => {
    throw error;
  });

/** The kernel does what was written to sysfs after the write. */
function state(expected: string | undefined): Promise<unknown> {
  return waitUntil(`a controller that is ${expected}`, () => stateNow() === expected, {
    clock: systemClock,
    signal,
  });
}

const stateNow = (): string | undefined => nvmeControllers(scanNvme(new HostFiles(host.root)))[0]?.state;

const fails = (reset: 'heals' | 'useless'): void =>
  host.hardware.nvme.update('nvme0', ({ admin, cures }) => ({
    admin: { ...admin, fails: true },
    cures: { ...cures, reset },
  }));

test('a drive that answers to no command is reset, and healthy again after its trial', async () => {
  expect(await look(1)).toBe('Healthy');
  fails('heals');
  expect(await look(4)).toBe('Unhealthy');
  await ended.until((count) => count === 1);
  expect(recovery.actions.counts).toEqual([{ what: 'ControllerReset', result: 'Succeeded', count: 1 }]);
  expect(told).toEqual([
    expect.stringMatching(`^AI100RecoveryStarted drive ${serial}: ControllerReset, for `),
  ]);
  expect(await look(1)).toBe('Recovering');
  expect(await look(10)).toBe('Healthy');
}, 60_000);

test('it is asked at once after its reset, and not reset again before it was', async () => {
  await look(1);
  fails('heals');
  await look(4);
  await ended.until((count) => count === 1);
  expect(await look(1, 1_000)).toBe('Recovering');
}, 60_000);

test('one that no reset heals is left to people, also by an agent that starts anew in between', async () => {
  await look(1);
  fails('useless');
  await look(4);
  await ended.until((count) => count === 1);
  start(settings);
  await look(1);
  await ended.until((count) => count === 1);
  expect(recovery.history[serial]).toMatchObject({ attempts: 2, lastAction: 'ControllerReset' });
  expect(await look(2)).toBe('Quarantined');
}, 60_000);

test('a drive whose controller is dead is taken off the bus and found anew, where that is allowed', async () => {
  using _kernel = kernel();
  start({ ...settings, actions: ['Rescan', 'ControllerReset', 'PciRescan'] });
  expect(await look(1)).toBe('Healthy');
  await faults.nvmeDead(host, { drive: 'nvme0' }).apply();
  expect(await look(2)).toBe('Unhealthy');
  await ended.until((count) => count === 1);
  await state('live');
  expect(await look(1)).toBe('Recovering');
  expect(recovery.actions.counts).toEqual([{ what: 'PciRescan', result: 'Succeeded', count: 1 }]);
}, 60_000);

test('one that was taken off the bus by an agent that ended is found anew by the next', async () => {
  using _kernel = kernel();
  start({ ...settings, actions: ['PciRescan'] });
  await look(1);
  await faults.nvmeDead(host, { drive: 'nvme0' }).apply();
  const fault = faults.commandFails(host, {
    command: 'tee',
    words: [new HostRoot().sys('bus', 'pci', 'rescan')],
  });
  await fault.apply();
  await look(2);
  await ended.until((count) => count === 1);
  await state(undefined);
  await fault.revert?.();
  start({ ...settings, actions: ['PciRescan'] });
  await look(3);
  await ended.until((count) => count === 1);
  await state('live');
  expect(recovery.history[serial]).toMatchObject({ attempts: 2, lastResult: 'Succeeded' });
}, 60_000);

test('a drive that failed is told of and nothing is done to it where recovery is off', async () => {
  await look(1);
  fails('heals');
  start({ ...settings, mode: 'Off' });
  expect(await look(6)).toBe('Unhealthy');
  expect([recovery.decisions.counts, recovery.actions.counts, ended.value]).toEqual([[], [], 0]);
}, 60_000);

test('the cache is made anew with a permit of the cluster only, and not while the node is held', async () => {
  const permit = await recovery.rebuildPermit(signal);
  if (typeof permit === 'string') throw new Error(permit);
  const other = new RecoveryPermits({
    ...{ client, clock, logger: silentLogger, namespace: 'ns', holder: 'n2', count: 1 },
  });
  expect(await other.acquire()).toBeUndefined();
  await permit[Symbol.asyncDispose]();
  const theirs = await other.acquire();
  expect(await recovery.rebuildPermit(signal)).toContain('waits for a permit');
  await theirs?.release();
  hold = { reason: 'Maintenance', message: 'the node is worked on' };
  expect(await recovery.rebuildPermit(signal)).toBe('the node is worked on');
  hold = undefined;
});

test('nothing is done while the node is held, and nothing but counted in a dry run', async () => {
  await look(1);
  fails('heals');
  hold = { reason: 'Maintenance', message: 'the node is worked on' };
  expect(await look(6)).toBe('Unhealthy');
  expect(recovery.decisions.counts).toEqual([
    { what: 'wait', result: 'Maintenance', count: expect.any(Number) },
  ]);
  hold = undefined;
  start({ ...settings, mode: 'DryRun' });
  expect(await look(2)).toBe('Unhealthy');
  expect(recovery.actions.counts).toMatchObject([{ what: 'ControllerReset', result: 'DryRun' }]);
  expect(told).toEqual([]);
  expect(ended.value).toBe(0);
}, 60_000);

test('what is done to a cache is told, counted and reported as an action on a drive is, also where recovery is off', async () => {
  start({ ...settings, mode: 'Off' });
  const one = { action: 'Remount', vg: 'vg_aidaptiv' } as const;
  const status = () => recoveryStatus(recovery.report, [], clock.now());
  for (const [phase, message] of [
    ['Started', 'mounted at /mnt/nvme0'] as const,
    ['Failed', 'I/O error'] as const,
  ])
    recovery.tellOfCache({ ...one, phase, message });
  await look(1);
  expect(status()).toMatchObject({ attempts: 1, lastAction: 'Remount', lastResult: 'Failed' });
  recovery.tellOfCache({ ...one, phase: 'Started', message: 'I/O error' });
  recovery.tellOfCache({ ...one, phase: 'Succeeded', message: '' });
  await look(1);
  expect(status()).toMatchObject({ attempts: 0, lastAction: 'Remount', lastResult: 'Succeeded' });
  expect(recovery.actions.counts).toEqual([
    { what: 'Remount', result: 'Failed', count: 1 },
    { what: 'Remount', result: 'Succeeded', count: 1 },
  ]);
  expect(told).toEqual([
    'AI100RecoveryStarted cache vg_aidaptiv: Remount; before: mounted at /mnt/nvme0',
    'AI100RecoveryFailed cache vg_aidaptiv: Remount failed: I/O error',
    'AI100RecoveryStarted cache vg_aidaptiv: Remount; before: I/O error',
  ]);
}, 60_000);
