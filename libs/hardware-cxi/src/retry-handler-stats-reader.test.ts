import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { errorMessage, systemClock, withDeadline } from '@rackwright/core';
import { HostFiles } from '@rackwright/host';
import { canMountFuse, faults, SimulatedHost } from '@rackwright/simulator';
import { retryHandlerConfigPath } from './retry-handler-stats.ts';
import { type RetryHandlerStatsOptions, RetryHandlerStatsReader } from './retry-handler-stats-reader.ts';

let host: SimulatedHost;
let source: RetryHandlerStatsReader;

beforeEach(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cxi-stats-'));
  const nics = [1, 2, 3].map(() => ({ generation: 1 }) as const);
  host = await SimulatedHost.create(folder, { cxiRh: false, libraries: false, nics });
  source = reader();
});
afterEach(() => rmSync(host.folder, { recursive: true, force: true }));

function reader(options: Partial<RetryHandlerStatsOptions> = {}): RetryHandlerStatsReader {
  const files = new HostFiles(host.root);
  return new RetryHandlerStatsReader({ files, clock: systemClock, stallMs: 200, ...options });
}

function write(path: string, text: string): void {
  mkdirSync(dirname(host.root.path(path)), { recursive: true });
  writeFileSync(host.root.path(path), text);
}

async function read(devices = ['cxi0', 'cxi1']) {
  const { values, errors } = await source.read(devices, 5000);
  const plain = [...values].map(([device, files]) => [device, Object.fromEntries(files)] as const);
  return { values: Object.fromEntries(plain), errors: [...errors.values()].map(errorMessage) };
}

const mountable = canMountFuse();
const ifMountable = mountable ? test : test.skip;
const why = mountable ? '' : ' (skipped: needs root and /dev/fuse)';

test('a host on which nobody makes statistics has none', async () => {
  expect(await read()).toEqual({ values: {}, errors: [] });
});

test('every file that exists is read, negative numbers and NUL padding included', async () => {
  write('/run/cxi/cxi0/nacks', '7\n');
  write('/run/cxi/cxi0/parked_nids', '-1\n');
  write('/run/cxi/cxi0/sct_in_use', `3\n${'\0'.repeat(1022)}`);
  write('/run/cxi/cxi1/unrelated', '1\n');
  const cxi0 = { nacks: '7', parked_nids: '-1', sct_in_use: '3' };
  expect(await read()).toEqual({ values: { cxi0, cxi1: {} }, errors: [] });
});

test('what makes no sense is left out', async () => {
  write('/run/cxi/cxi0/nacks', 'many\n');
  write('/run/cxi/cxi0/tct_timeouts', '1'.repeat(2000));
  write('/run/cxi/cxi0/sct_timeouts', '');
  mkdirSync(host.root.path('/run/cxi/cxi0/parked_nids'));
  symlinkSync('nacks', host.root.path('/run/cxi/cxi0/spt_timeouts'));
  write('/run/cxi/cxi0/sct_in_use', '3\n');
  expect(await read()).toEqual({ values: { cxi0: { sct_in_use: '3' } }, errors: [] });
});

test('the configuration is told by its path', async () => {
  source = reader({ names: ['nacks', retryHandlerConfigPath] });
  write(`/run/cxi/cxi0/${retryHandlerConfigPath}`, '/etc/cxi rh.conf\n\0\0');
  write('/run/cxi/cxi0/spt_timeouts', '1\n');
  write(`/run/cxi/cxi1/${retryHandlerConfigPath}`, '\n');
  const cxi0 = { [retryHandlerConfigPath]: '/etc/cxi rh.conf' };
  expect(await read()).toEqual({ values: { cxi0, cxi1: {} }, errors: [] });
});

test('readings asked for at the same time are all answered', async () => {
  write('/run/cxi/cxi0/nacks', '7\n');
  const answer = { values: { cxi0: { nacks: '7' } }, errors: [] };
  expect(await Promise.all([read(), read(), read()])).toEqual([answer, answer, answer]);
});

test('a folder that is a link is not followed', async () => {
  write('/run/cxi/cxi1/nacks', '7\n');
  symlinkSync('cxi1', host.root.path('/run/cxi/cxi0'));
  expect((await read()).values.cxi0).toEqual({});
});

ifMountable(`a mount that hangs costs one wait, then none, and nothing of the others${why}`, async () => {
  write('/run/cxi/cxi1/nacks', '7\n');
  await using hang = await hanging('cxi0');
  const first = await read();
  expect(first.errors).toEqual([expect.stringMatching(/run\/cxi\/cxi0 did not answer within 200 ms$/)]);
  expect(first.values.cxi1?.nacks).toBe('7');
  const start = performance.now();
  const second = await read();
  expect(second.errors).toEqual([expect.stringMatching(/run\/cxi\/cxi0: a read from before still hangs$/)]);
  expect(second.values.cxi1?.nacks).toBe('7');
  expect(performance.now() - start).toBeLessThan(200);
  expect(source.stuck).toBe(1);
  await hang.revert();
  await settled();
});

ifMountable(`as many as may be read at once hang: the others are not touched${why}`, async () => {
  write('/run/cxi/cxi2/nacks', '7\n');
  const all = ['cxi0', 'cxi1', 'cxi2'];
  await using first = await hanging('cxi0');
  await using second = await hanging('cxi1');
  for (const _ of ['now', 'and as long as they do']) {
    const { values, errors } = await read(all);
    expect(values).toEqual({});
    expect(errors).toContain('cxi2: not read while so many other reads hang');
    expect(source.stuck).toBe(2);
  }
  await first.revert();
  await second.revert();
  await settled(all);
});

async function hanging(nic: string): Promise<AsyncDisposable & { revert: () => Promise<void> }> {
  const fault = faults.statsHang(host, { nic });
  await fault.apply();
  const revert = async (): Promise<void> => fault.revert?.();
  return { revert, [Symbol.asyncDispose]: revert };
}

async function settled(devices?: string[]): Promise<void> {
  await withDeadline(systemClock, 10_000, 'reading all again', async (signal) => {
    while ((await read(devices)).errors.length > 0) await systemClock.sleep(10, signal);
  });
  expect(source.stuck).toBe(0);
}

ifMountable(`a mount whose handler died is an error that says so${why}`, async () => {
  const fault = faults.staleStatsMount(host, { nic: 'cxi0' });
  await fault.apply();
  try {
    expect((await read()).errors).toEqual([expect.stringMatching(/cxi0 cannot be read: .*ENOTCONN/)]);
    expect(source.stuck).toBe(0);
  } finally {
    await fault.revert?.();
  }
});

ifMountable(`the deadline for all ends a read that has not stalled yet${why}`, async () => {
  source = reader({ stallMs: 60_000 });
  await using _hang = await hanging('cxi0');
  const { errors } = await source.read(['cxi0'], 100);
  expect([...errors.values()].map(errorMessage)).toEqual([expect.stringMatching(/was not reached in time$/)]);
});
