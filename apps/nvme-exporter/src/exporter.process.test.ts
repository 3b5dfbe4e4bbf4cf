import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { afterEach, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { SystemProcessRunner } from '@rackwright/host';
import { canMountFuse, faults, type NvmeSpec } from '@rackwright/simulator';
import { HostTools, Lvm, makeFileSystem, mount } from '@rackwright/storage';
import { disliked, promtoolExpected } from '@rackwright/testbed/without-nodes';
import { z } from 'zod';
import { seriesOf, type TestHost, testHost } from './testing/host.ts';
import { type RunningExporter, runExporter } from './testing/process.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** One beyond what a double can tell from its neighbours. */
const beyondDouble = '9007199254740993';
const schema = z.fromJSONSchema(
  JSON.parse(readFileSync(new URL('../../../docs/nvme.schema.json', import.meta.url), 'utf8')),
);

async function hostOf(nvme: readonly NvmeSpec[]): Promise<TestHost> {
  const made = await testHost(nvme);
  cleanups.push(() => made[Symbol.dispose]());
  return made;
}

/** Runs the exporter on a simulated host, until it has looked at the drives. */
async function running({ host }: TestHost, ...args: readonly string[]): Promise<RunningExporter> {
  const exporter = runExporter([`--host-root=${host.folder}`, `--node-root=${host.folder}`, ...args]);
  cleanups.push(async () => {
    exporter.child.kill('SIGKILL');
    await exporter.exit;
  });
  await expectEventually(async () => (await get(exporter, '/readyz')).status === 200);
  return exporter;
}

async function expectEventually(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(setImmediate);
}

async function get({ address }: RunningExporter, path: string, init?: RequestInit): Promise<Response> {
  return await fetch(`${await address}${path}`, init);
}

function commandsOf({ host }: TestHost, command: string): number {
  return host.commands.journal().filter(({ args }) => args[0] === command).length;
}

test('/nvme is as its schema says, and a counter beyond 2^53 arrives exactly in both answers', async () => {
  const made = await hostOf([{ smart: { dataUnitsWritten: beyondDouble } }, { namespaces: [] }]);
  const exporter = await running(made, '--source=Direct');
  const document = await (await get(exporter, '/nvme')).json();
  expect(schema.safeParse(document).error).toBeUndefined();
  expect(document).toMatchObject({
    schemaVersion: 1,
    nvmeCliVersion: '2.3',
    devices: [
      { name: 'nvme0', smart: { dataUnitsWritten: beyondDouble } },
      { name: 'nvme1', path: null },
    ],
  });
  const series = seriesOf(await (await get(exporter, '/metrics')).text());
  expect(series.get('nvme_data_units_written_total{device="nvme0"}')).toBe(beyondDouble);
  expect(series.get('nvme_written_bytes_total{device="nvme0"}')).toBe('4611686018427388416000');
}, 60_000);

test('a hundred scrapes at once cost no command: each drive gets one per interval', async () => {
  const made = await hostOf([{}, {}, {}]);
  const exporter = await running(made, '--source=Direct');
  const paths = Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? '/metrics' : '/nvme'));
  const answers = await Promise.all(paths.map((path) => get(exporter, path)));
  expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 200));
  expect([commandsOf(made, 'smart-log'), commandsOf(made, 'id-ctrl')]).toEqual([3, 3]);
}, 60_000);

test('while a drive hangs, others are told of and scrapes are answered', async () => {
  const made = await hostOf([{}, {}]);
  await faults.nvmeStuck(made.host, { drive: 'nvme0' }).apply();
  const exporter = await running(made, '--source=Direct', '--timeout=1s');
  const series = seriesOf(await (await get(exporter, '/metrics')).text());
  const of = (name: string, device: string): string | undefined => series.get(`${name}{device="${device}"}`);
  expect([of('nvme_exporter_device_up', 'nvme0'), of('nvme_exporter_device_up', 'nvme1')]).toEqual([
    '0',
    '1',
  ]);
  expect([of('nvme_temperature_celsius', 'nvme0'), of('nvme_temperature_celsius', 'nvme1')]).toEqual([
    undefined,
    '45',
  ]);
  expect(of('nvme_physical_size_bytes', 'nvme0')).toBe('2000398934016');
  expect(series.get('nvme_exporter_collection_errors_total{device="nvme0",source="smart"}')).toBe('1');
  const document = await (await get(exporter, '/nvme')).json();
  expect(schema.safeParse(document).error).toBeUndefined();
}, 60_000);

/** Makes a volume of the first drive, mounted where the cache is, and lets the exporter see mounts as a node does. */
async function withCache({ host }: TestHost): Promise<void> {
  const tools = new HostTools({
    runner: new SystemProcessRunner(systemClock),
    root: host.root,
    entry: 'tree',
  });
  const lvm = new Lvm(tools);
  const device = '/dev/nvme0n1';
  await lvm.createPv({ device, uuid: 'aaaaaa-aaaa-aaaa-aaaa-aaaa-aaaa-aaaaa1' });
  await lvm.createVg({ name: 'vg_aidaptiv', devices: [device], tags: [] });
  await lvm.createLv({ vg: 'vg_aidaptiv', name: 'cache', stripes: 1, stripeKiB: 128, tags: [] });
  const uuid = '11111111-2222-3333-4444-555555555555';
  await makeFileSystem(tools, { device: '/dev/vg_aidaptiv/cache', type: 'xfs', uuid });
  const target = '/mnt/nvme0';
  mkdirSync(host.root.path(target), { recursive: true });
  await mount(tools, { source: '/dev/vg_aidaptiv/cache', target, type: 'xfs', options: [] });
  symlinkSync(host.folder, host.root.path('/proc/1/root'));
}

const ifFuse = canMountFuse() ? test : test.skip;

ifFuse(
  'while the mount of the cache hangs, scrapes are answered with all that is known of the drives (needs root and /dev/fuse)',
  async () => {
    const made = await hostOf([{}, {}]);
    await withCache(made);
    const hangs = faults.folderHangs(made.host, { path: '/mnt/nvme0' });
    await hangs.apply();
    try {
      const exporter = await running(made, '--source=Direct');
      const answers = await Promise.all(Array.from({ length: 20 }, () => get(exporter, '/metrics')));
      const series = seriesOf((await answers.at(-1)?.text()) ?? '');
      expect(answers.every(({ status }) => status === 200)).toBe(true);
      for (const device of ['nvme0', 'nvme1'])
        expect(series.get(`nvme_temperature_celsius{device="${device}"}`)).toBe('45');
      expect(series.get('ai100_cache_mounted{mountpoint="/mnt/nvme0"}')).toBe('1');
      expect([...series.keys()].some((name) => name.startsWith('ai100_cache_used_bytes'))).toBe(false);
      expect(series.get('nvme_exporter_collection_errors_total{device="",source="mount"}')).toBe('1');
    } finally {
      // A process whose thread sleeps in the kernel cannot end.
      await hangs.revert?.();
    }
  },
  60_000,
);

test('it answers GET and HEAD alone, and says what there is', async () => {
  const exporter = await running(await hostOf([{}]), '--source=Direct');
  const head = await get(exporter, '/nvme', { method: 'HEAD' });
  expect([head.status, await head.text(), Number(head.headers.get('content-length')) > 100]).toEqual([
    200,
    '',
    true,
  ]);
  const post = await get(exporter, '/metrics', { method: 'POST' });
  expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  expect(await (await get(exporter, '/')).text()).toContain('href="/nvme"');
  const accept = 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5';
  const open = await get(exporter, '/metrics', { headers: { accept } });
  expect(open.headers.get('content-type')).toMatch(/^application\/openmetrics-text/);
  const text = await open.text();
  expect(text.endsWith('# EOF\n')).toBe(true);
  expect(text).toContain('# TYPE nvme_power_cycles counter\n');
  expect(text).toContain('\nnvme_power_cycles_total{device="nvme0"} 41\n');
}, 60_000);

const ifPromtool = promtoolExpected() ? test : test.skip;

ifPromtool(
  'promtool dislikes nothing but a name of node_exporter that is kept (needs promtool)',
  async () => {
    const exporter = await running(await hostOf([{}, {}]), '--source=Direct', '--all-disk');
    expect(disliked(await (await get(exporter, '/metrics')).text())).toEqual(['nvme_power_on_hours_total']);
  },
  60_000,
);

test.each([['--interval=5s'], ['--source=Nowhere'], ['--model-pattern=('], ['--listen=70000'], ['--colour']])(
  '%s is refused with the exit code for usage',
  async (flag) => {
    const exporter = runExporter([flag]);
    expect(await exporter.exit).toBe(2);
    expect(exporter.stderr.join('\n')).toContain(flag.split('=')[0]);
  },
);

test('an operator that takes no handshake costs a metric, not a scrape; without one there is none', async () => {
  const made = await hostOf([{}]);
  const up = 'nvme_exporter_handshake_up';
  const alone = await running(made, '--source=Direct');
  expect(seriesOf(await (await get(alone, '/metrics')).text()).has(up)).toBe(false);
  const folder = `--handshake-folder=${made.host.folder}`;
  const exporter = await running(made, '--source=Direct', '--handshake-service=operator', folder);
  await expectEventually(async () => exporter.stdout.some((line) => line.includes('took no handshake')));
  const text = await (await get(exporter, '/metrics')).text();
  expect(seriesOf(text).get(up)).toBe('0');
  expect(text).toContain('nvme_temperature_celsius{');
}, 60_000);
