import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { canMountFuse, type Fault, faults } from '@rackwright/simulator';
import { seriesOf, type TestHost, testHost } from './testing/host.ts';
import { type RunningExporter, runExporter } from './testing/process.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function host(nics: number): Promise<TestHost> {
  const made = await testHost({ nics: Array.from({ length: nics }, () => ({ generation: 1 })) }, systemClock);
  cleanups.push(() => made[Symbol.dispose]());
  return made;
}

function run(args: readonly string[], env?: NodeJS.ProcessEnv): RunningExporter {
  const running = runExporter(args, env);
  cleanups.push(async () => {
    running.child.kill('SIGKILL');
    await running.exit;
  });
  return running;
}

async function scrape({ address }: RunningExporter): Promise<Map<string, string>> {
  const response = await fetch(`${await address}/metrics`);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  return seriesOf(await response.text());
}

test('the older flags are accepted, noted once, and nothing else of them is left', async () => {
  const { host: simulated } = await host(1);
  const exporter = run([
    `--host-root=${simulated.folder}`,
    '--scrape-interval=15s',
    '--retry-handler-url=http://localhost:8080',
  ]);
  const series = await scrape(exporter);
  await scrape(exporter);
  expect(series.get(`cxi_device_count{node="${hostname()}"}`)).toBe('1');
  expect(series.has('process_open_fds')).toBe(true);
  const probes = await Promise.all(
    ['healthz', 'readyz'].map(async (path) => (await fetch(`${await exporter.address}/${path}`)).text()),
  );
  expect(probes).toEqual(['ok\n', 'ready\n']);
  exporter.child.kill('SIGTERM');
  expect(await exporter.exit).toBe(0);
  expect(exporter.log.filter((line) => line.msg === 'flags without effect')).toEqual([
    expect.objectContaining({ flags: ['--scrape-interval', '--retry-handler-url'] }),
  ]);
});

test('200 scrapes at once are all answered, beside 200 clients that do not read theirs', async () => {
  const { host: simulated } = await host(8);
  const exporter = run([`--host-root=${simulated.folder}`, '--telemetry=all']);
  const address = new URL(await exporter.address);
  for (let i = 0; i < 200; i++) {
    const socket = connect(Number(address.port), address.hostname);
    cleanups.push(() => socket.destroy());
    socket.on('error', () => undefined);
    socket.pause();
    socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
  }
  const scrapes = await Promise.all(Array.from({ length: 200 }, () => scrape(exporter)));
  expect(scrapes.every((series) => series.get(`cxi_device_count{node="${hostname()}"}`) === '8')).toBe(true);
  expect((await fetch(`${address.origin}/healthz`)).status).toBe(200);
}, 180_000);

test('without the host tree it is not ready and says where it looked', async () => {
  const exporter = run(['--host-root=/nowhere']);
  const response = await fetch(`${await exporter.address}/readyz`);
  expect([response.status, await response.text()]).toEqual([
    503,
    'not ready: host tree: /nowhere/sys is missing\n',
  ]);
});

test.each([['--telemetry=all,some'], ['--source-deadline=0s'], ['--switch-id-mask=0']])(
  '%s is refused with the exit code for usage',
  async (flag) => {
    const exporter = run([flag]);
    expect(await exporter.exit).toBe(2);
    expect(exporter.stderr.join('\n')).toContain(flag.split('=')[0]);
  },
);

test('in a simulated pod the mounts are found where the operator puts them', async () => {
  const { host: simulated, writeStats } = await host(1);
  writeStats('cxi0', { nacks: 3 });
  const pod = mkdtempSync(join(tmpdir(), 'rw-pod-'));
  cleanups.push(() => rmSync(pod, { recursive: true }));
  mkdirSync(join(pod, 'host/run'), { recursive: true });
  for (const path of ['sys', 'proc', 'run/cxi'])
    symlinkSync(join(simulated.folder, path), join(pod, 'host', path));
  const exporter = run(['--host-root=/host', '--node-name=node-1'], { RACKWRIGHT_SANDBOX_ROOT: pod });
  const series = await scrape(exporter);
  const labels = '{device="cxi0",node="node-1"}';
  expect(series.get(`cxi_rh_nacks_total${labels}`)).toBe('3');
  expect(series.get('cxi_driver_loaded{node="node-1",module="cxi_eth"}')).toBe('1');
  // /dev is not mounted here: the class of the user driver tells that the node exists.
  expect(series.get(`cxi_device_health_status${labels}`)).toBe('1');
});

test.each([
  ['without the flag', [], {}, '1'],
  ['with the flag', ['--require-retry-handler=true'], {}, '0'],
  ['with the variable', [], { REQUIRE_RETRY_HANDLER: 'true' }, '0'],
] as const)('a NIC without a retry handler, %s', async (_, args, env, health) => {
  const { host: simulated } = await host(1);
  const exporter = run([`--host-root=${simulated.folder}`, '--node-name=n', ...args], env);
  const series = await scrape(exporter);
  expect(series.get('cxi_device_health_status{device="cxi0",node="n"}')).toBe(health);
});

const mountable = canMountFuse();
const ifMountable = mountable ? test : test.skip;

ifMountable(
  `with most statistics mounts hanging a scrape still comes in time, and the process can be stopped${
    mountable ? '' : ' (skipped: needs root and /dev/fuse)'
  }`,
  async () => {
    const { host: simulated, writeStats } = await host(8);
    writeStats('cxi7', { nacks: 3 });
    const hanging: Fault[] = simulated.hardware.cxi
      .nics()
      .filter((nic) => nic !== 'cxi7')
      .map((nic) => faults.statsHang(simulated, { nic }));
    for (const fault of hanging) {
      await fault.apply();
      cleanups.push(() => fault.revert?.());
    }
    const exporter = run([`--host-root=${simulated.folder}`, '--node-name=n']);
    await exporter.address;
    for (const limitMs of [4000, 2000]) {
      const start = performance.now();
      const series = await scrape(exporter);
      expect(performance.now() - start).toBeLessThan(limitMs);
      expect(series.get('cxi_scrape_success{node="n",source="retry_handler_stats"}')).toBe('0');
      expect(series.get('cxi_rh_nacks_total{device="cxi7",node="n"}')).toBe('3');
      expect(series.get('cxi_telemetry_hni_pcs_good_cw_total{device="cxi0",node="n"}')).toBeDefined();
    }
    exporter.child.kill('SIGTERM');
    // exit() would wait for the threads that hang.
    expect(await exporter.exit).toBe('SIGKILL');
    expect(exporter.log.at(-1)).toMatchObject({ msg: 'stopped', code: 0 });
  },
);
