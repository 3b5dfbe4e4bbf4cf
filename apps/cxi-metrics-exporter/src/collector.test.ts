import { rmSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type LogFields, type Logger, ManualClock, silentLogger } from '@rackwright/core';
import { retryHandlerStatePath } from '@rackwright/hardware-cxi';
import { HostFiles } from '@rackwright/host';
import { FailingFiles } from '@rackwright/simulator';
import type { Collector } from './collector.ts';
import { seriesOf, type TestHost, testCollector, testHost, textOf } from './testing/host.ts';

/** Each look at this clock takes a second. */
class SlowClock extends ManualClock {
  #ticks = 0;

  override monotonic(): number {
    this.#ticks += 1000;
    return this.#ticks;
  }
}

const since = '2026-01-01T00:00:00.000Z';
let made: TestHost;
let collector: Collector;

beforeEach(async () => {
  made = await testHost({ nics: [{ generation: 1 }, { generation: 2 }] });
  collector = testCollector(made.host, { telemetry: new Set(['hni_pcs_good_cw']) });
});

afterEach(() => {
  collector[Symbol.dispose]();
  made[Symbol.dispose]();
});

const scrape = async (): Promise<Map<string, string>> => seriesOf(textOf(await collector.collect()));
const namesWith = (series: Map<string, string>, part: string): string[] =>
  [...series.keys()].filter((name) => name.includes(part));
const success = (series: Map<string, string>, source: string): string | undefined =>
  series.get(`cxi_scrape_success{node="node-1",source="${source}"}`);

test('a NIC that is pulled out leaves no series behind, and one that is put in has them at once', async () => {
  expect(namesWith(await scrape(), 'device="cxi1"').length).toBeGreaterThan(5);
  await made.host.hardware.cxi.unplug('cxi1');
  const without = await scrape();
  expect(namesWith(without, 'cxi1')).toEqual([]);
  expect(without.get('cxi_device_count{node="node-1"}')).toBe('1');
  await made.host.hardware.cxi.plug({ generation: 2, name: 'cxi1', nid: 0x7c0 });
  await made.host.hardware.cxi.write('cxi1', 'telemetry/hni_pcs_good_cw', '42@1.000000000\n');
  const again = await scrape();
  expect(again.get('cxi_telemetry_hni_pcs_good_cw_total{device="cxi1",node="node-1"}')).toBe('42');
  expect(namesWith(again, 'switch_id="31"').length).toBe(1);
});

test('every scrape tells the present values', async () => {
  const counter = 'cxi_telemetry_hni_pcs_good_cw_total{device="cxi0",node="node-1"}';
  const before = BigInt((await scrape()).get(counter) ?? '0');
  await made.host.hardware.cxi.passTraffic(10);
  await made.host.hardware.cxi.setLink('cxi0', 'down');
  const after = await scrape();
  expect(BigInt(after.get(counter) ?? '0')).toBe(before + 390_657_760n);
  expect(after.get('cxi_device_link_state{device="cxi0",node="node-1",pci_address="0000:21:00.0"}')).toBe(
    '0',
  );
  await made.host.hardware.cxi.setLink('cxi0', 'up');
  expect((await scrape()).get('cxi_link_restarts_total{device="cxi0",node="node-1"}')).toBe('1');
});

test('scrapes at the same time share one collection', async () => {
  const [first, second] = await Promise.all([collector.collect(), collector.collect()]);
  expect(second).toBe(first);
  expect(await collector.collect()).not.toBe(first);
});

test('a host without NICs and without a driver is told as that, and is no failure', async () => {
  using empty = await testHost({ nics: [], modules: [] });
  using own = testCollector(empty.host, { telemetry: 'all' });
  const series = seriesOf(textOf(await own.collect()));
  expect(series.get('cxi_device_count{node="node-1"}')).toBe('0');
  expect(series.get('cxi_driver_loaded{node="node-1",module="cxi_ss1"}')).toBe('0');
  expect(
    [...series].filter(([name, value]) => name.startsWith('cxi_scrape_success') && value !== '1'),
  ).toEqual([]);
});

test('the retry handlers come from the state file, of NICs that are here only', async () => {
  made.writeState([
    { device: 'cxi0', state: 'External', restarts: 0, since, rebootRequired: false },
    { device: 'cxi1', state: 'Failed', restarts: 3, since, rebootRequired: true },
    { device: 'cxi9', state: 'Running', restarts: 0, since, rebootRequired: false },
  ]);
  const series = await scrape();
  expect(namesWith(series, 'cxi_retry_handler_running').map((name) => [name, series.get(name)])).toEqual([
    ['cxi_retry_handler_running{device="cxi0",node="node-1"}', '1'],
    ['cxi_retry_handler_running{device="cxi1",node="node-1"}', '0'],
  ]);
  expect(series.get('cxi_retry_handler_restarts_total{device="cxi1",node="node-1"}')).toBe('3');
  expect(series.get('cxi_device_health_status{device="cxi1",node="node-1"}')).toBe('0');
  rmSync(made.host.root.path(retryHandlerStatePath));
  expect(namesWith(await scrape(), 'cxi_retry_handler_running')).toEqual([]);
});

test('a source that cannot be read says so, costs nothing else, and is logged when that changes', async () => {
  const lines: [string, string, LogFields | undefined][] = [];
  const logger: Logger = {
    ...silentLogger,
    warn: (message, fields) => lines.push(['warn', message, fields]),
    info: (message, fields) => lines.push(['info', message, fields]),
  };
  using own = testCollector(made.host, { logger });
  const take = async (): Promise<Map<string, string>> => seriesOf(textOf(await own.collect()));
  made.write(retryHandlerStatePath, '{"version":1');
  await take();
  const second = await take();
  expect(success(second, 'retry_handler')).toBe('0');
  expect(success(second, 'device_discovery')).toBe('1');
  expect(second.get('cxi_scrape_errors_total{node="node-1",type="retry_handler"}')).toBe('2');
  expect(second.get('cxi_device_count{node="node-1"}')).toBe('2');
  made.writeState([]);
  const third = await take();
  expect(success(third, 'retry_handler')).toBe('1');
  expect(third.get('cxi_scrape_errors_total{node="node-1",type="retry_handler"}')).toBe('2');
  expect(lines).toEqual([
    [
      'warn',
      'source cannot be read',
      { source: 'retry_handler', error: expect.stringContaining('retry handler state is not JSON') },
    ],
    ['info', 'source can be read again', { source: 'retry_handler' }],
  ]);
});

test('without /proc nothing is said about modules', async () => {
  rmSync(made.host.root.path('/proc/modules'));
  const series = await scrape();
  expect([success(series, 'driver'), namesWith(series, 'cxi_driver_loaded')]).toEqual(['0', []]);
});

test('telemetry that takes too long is cut short', async () => {
  using own = testCollector(made.host, { clock: new SlowClock(), telemetry: 'all', deadlineMs: 3000 });
  const series = seriesOf(textOf(await own.collect()));
  expect(success(series, 'telemetry')).toBe('0');
  const told = namesWith(series, 'cxi_telemetry').length;
  expect(told).toBeGreaterThan(0);
  expect(told).toBeLessThan(20);
});

test('odd telemetry files are left out', async () => {
  await made.host.hardware.cxi.write('cxi0', 'telemetry/hni_pcs_good_cw', 'soon\n');
  await made.host.hardware.cxi.write('cxi0', 'telemetry/odd-name', '1@1.0\n');
  await made.host.hardware.cxi.remove('cxi1', 'telemetry');
  using own = testCollector(made.host, { telemetry: 'all' });
  const series = seriesOf(textOf(await own.collect()));
  expect(namesWith(series, 'hni_pcs_good_cw')).toEqual([]);
  expect(namesWith(series, 'odd')).toEqual([]);
  expect(namesWith(series, 'cxi_telemetry_hni_pcs_corrected_cw_total')).toEqual([
    'cxi_telemetry_hni_pcs_corrected_cw_total{device="cxi0",node="node-1"}',
  ]);
  expect(success(series, 'telemetry')).toBe('1');
});

test('the statistics of a retry handler become counters and gauges, odd ones are left out', async () => {
  made.writeStats('cxi0', { spt_timeouts: 4, nacks: 3, tct_in_use: 2, reset_counters: 9 });
  made.write('/run/cxi/cxi0/sct_timeouts', 'many\n');
  made.write('/run/cxi/cxi0/tct_timeouts', '1234567890123456789012\n');
  const series = await scrape();
  const told = [...series].filter(([name]) => /^cxi_(rh|retry(_nack|_timeout)?_total)/.test(name));
  const labels = '{device="cxi0",node="node-1"}';
  expect(Object.fromEntries(told)).toEqual({
    [`cxi_retry_total${labels}`]: '7',
    [`cxi_retry_timeout_total${labels}`]: '4',
    [`cxi_retry_nack_total${labels}`]: '3',
    [`cxi_rh_spt_timeouts_total${labels}`]: '4',
    [`cxi_rh_nacks_total${labels}`]: '3',
    [`cxi_rh_tct_in_use${labels}`]: '2',
  });
});

test('what cannot be read keeps its last value, and the source says that it failed', async () => {
  let fails = (_path: string): string | undefined => undefined;
  const files = new FailingFiles(new HostFiles(made.host.root), (path) => fails(path));
  using own = testCollector(made.host, { files });
  const take = async (): Promise<Map<string, string>> => seriesOf(textOf(await own.collect()));
  const before = await take();
  fails = (path) => (path === '/sys/class/cxi' || path.endsWith('/telemetry') ? 'EMFILE' : undefined);
  const during = await take();
  expect(success(during, 'device_discovery')).toBe('0');
  expect(during.get('cxi_device_count{node="node-1"}')).toBe('2');
  const links = (series: Map<string, string>): unknown =>
    namesWith(series, 'cxi_device_link_state').map((name) => [name, series.get(name)]);
  expect(links(during)).toEqual(links(before));
  fails = () => undefined;
  expect(success(await take(), 'device_discovery')).toBe('1');
});

test('a host that could never be listed is not reported as one without NICs', async () => {
  const files = new FailingFiles(new HostFiles(made.host.root), (path) =>
    path === '/sys/class/cxi' ? 'EACCES' : undefined,
  );
  using own = testCollector(made.host, { files });
  const series = seriesOf(textOf(await own.collect()));
  expect(success(series, 'device_discovery')).toBe('0');
  expect(series.has('cxi_device_count{node="node-1"}')).toBe(false);
});
