import { afterEach, describe, expect, test } from '@jest/globals';
import { ManualClock, silentLogger, systemClock } from '@rackwright/core';
import { defaultAi100Pattern } from '@rackwright/hardware-nvme';
import { HostFiles, SystemProcessRunner } from '@rackwright/host';
import { faults, type NvmeSpec } from '@rackwright/simulator';
import { HostTools, NvmeCli } from '@rackwright/storage';
import { exampleSnapshot } from '../../../../libs/hardware-nvme/src/testing/agent-snapshot.ts';
import { renderMetrics } from '../metrics/render.ts';
import { seriesOf, snapshotOf, type TestHost, testHost } from '../testing/host.ts';
import { Collector, type CollectorOptions } from './collector.ts';

const cleanups: (() => unknown)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});
const never = new AbortController().signal;

interface Looked extends TestHost {
  readonly clock: ManualClock;
  /** One look; the series that are told after it. */
  look(): Promise<Map<string, string>>;
  commands(name: string): number;
}

async function watched(
  nvme: readonly NvmeSpec[],
  options: Partial<CollectorOptions> = {},
  hasTools = true,
): Promise<Looked> {
  const made = await testHost(nvme, hasTools);
  cleanups.push(() => made[Symbol.dispose]());
  const { host } = made;
  const clock = new ManualClock();
  const tools = new HostTools({
    runner: new SystemProcessRunner(systemClock),
    root: host.root,
    entry: 'tree',
  });
  const collector = new Collector({
    ...{ files: new HostFiles(host.root), nvme: new NvmeCli(tools), clock, logger: silentLogger },
    ...{ source: 'Auto', intervalMs: 30_000, scope: 'Managed', deviceLabel: 'name', mountPath: '/mnt/nvme0' },
    rule: {
      ...{
        match: 'ModelAndVendor',
        modelPattern: new RegExp(defaultAi100Pattern, 'i'),
        pciVendors: ['1987'],
      },
      ...{ allowSerials: [], denySerials: [] },
    },
    firmware: ['EIFZ'],
    ...options,
  });
  return {
    ...made,
    clock,
    commands: (name) => host.commands.journal().filter(({ args }) => args[0] === name).length,
    async look() {
      await collector.collect(never);
      const { value } = collector.newest;
      return seriesOf(value === undefined ? '' : renderMetrics(value, { version: 'v', commit: 'c' }));
    },
    [Symbol.dispose]: made[Symbol.dispose],
  };
}

const up = 'nvme_exporter_device_up';
const hours = 'nvme_power_on_hours_total';
const of = (series: Map<string, string>, name: string, device: string): string | undefined =>
  series.get(`${name}{device="${device}"}`);

test('a drive without a log for three looks has no values left, and the others are as before', async () => {
  const it = await watched([{}, {}], { source: 'Direct' });
  await it.look();
  const fault = faults.nvmeDead(it.host, { drive: 'nvme1' });
  await fault.apply();
  const before = it.commands('smart-log');
  const seen: unknown[] = [];
  for (let i = 0; i < 3; i++) {
    const series = await it.look();
    seen.push([of(series, up, 'nvme1'), of(series, hours, 'nvme1'), of(series, hours, 'nvme0')]);
  }
  expect(seen).toEqual([
    ['0', '8123', '8123'],
    ['0', '8123', '8123'],
    ['0', undefined, '8123'],
  ]);
  // A controller that is dead is not asked.
  expect(it.commands('smart-log') - before).toBe(3);
  const series = await it.look();
  expect(series.get('nvme_controller_state{device="nvme1",state="dead"}')).toBe('1');
  await fault.revert?.();
  const after = await it.look();
  expect([of(after, up, 'nvme1'), of(after, hours, 'nvme1')]).toEqual(['1', '8123']);
}, 60_000);

test('what a drive is, is asked when it is new, and again after an hour', async () => {
  const it = await watched([{}], { source: 'Direct' });
  await it.look();
  const second = await it.look();
  expect(it.commands('id-ctrl')).toBe(1);
  expect(of(second, 'nvme_temperature_critical_threshold_celsius', 'nvme0')).toBe('85');
  await it.clock.advance(3600_000);
  await it.look();
  expect([it.commands('id-ctrl'), it.commands('smart-log')]).toEqual([2, 3]);
}, 60_000);

describe('what the device plugin found', () => {
  test('is told without a command, and where it is old the drives are asked', async () => {
    const it = await watched([{}, {}]);
    it.writeAgent(snapshotOf(exampleSnapshot, it.clock.now()));
    const fresh = await it.look();
    expect(it.commands('smart-log')).toBe(0);
    expect(
      fresh.get('ai100_device_health_state{device="nvme1",serial="AI1E2T0240000002",state="unhealthy"}'),
    ).toBe('1');
    expect([of(fresh, up, 'nvme0'), of(fresh, up, 'nvme1')]).toEqual(['1', '0']);
    expect(fresh.get('ai100_cache_mounted{mountpoint="/mnt/nvme0"}')).toBe('1');
    expect(fresh.get('ai100_units_allocated')).toBe('1');
    await it.clock.advance(60_000);
    const stale = await it.look();
    expect(it.commands('smart-log')).toBe(2);
    expect([of(stale, up, 'nvme1'), stale.has('ai100_units_capacity')]).toEqual(['1', false]);
  }, 60_000);

  test('is all that is told with source Agent; that there is none is counted', async () => {
    const it = await watched([{}], { source: 'Agent' });
    const series = await it.look();
    expect(it.host.commands.journal()).toEqual([]);
    expect([of(series, up, 'nvme0'), of(series, 'nvme_physical_size_bytes', 'nvme0')]).toEqual([
      '0',
      '2000398934016',
    ]);
    expect(series.get('nvme_exporter_collection_errors_total{device="",source="smart"}')).toBe('1');
  });
});

test('on a host without nvme-cli there is the temperature of hwmon, and each miss is counted', async () => {
  const it = await watched([{}], { source: 'Direct' }, false);
  await it.look();
  const series = await it.look();
  expect([of(series, up, 'nvme0'), of(series, hours, 'nvme0')]).toEqual(['0', undefined]);
  expect(Number(of(series, 'nvme_temperature_celsius', 'nvme0'))).toBeGreaterThan(20);
  expect(series.get('nvme_exporter_collection_errors_total{device="nvme0",source="smart"}')).toBe('2');
});

test('only AI100 drives are told of, unless all are asked for', async () => {
  const others: NvmeSpec[] = [{}, { model: 'SAMSUNG MZVL2512', vendor: 0x144d }];
  const few = await (await watched(others, { source: 'Agent' })).look();
  const all = await (
    await watched(others, { source: 'Agent', scope: 'AllNvme', deviceLabel: 'path' })
  ).look();
  expect([of(few, up, 'nvme0'), of(few, up, 'nvme1')]).toEqual(['0', undefined]);
  expect([of(all, up, '/dev/nvme0n1'), of(all, up, '/dev/nvme1n1')]).toEqual(['0', '0']);
});
