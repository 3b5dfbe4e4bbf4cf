import { symlinkSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { HostFiles } from '@rackwright/host';
import { canMountStats, faults } from '@rackwright/simulator';
import { StatsSource } from './stats-source.ts';
import { type TestHost, testHost } from './testing/host.ts';

let made: TestHost;
let source: StatsSource;

beforeEach(async () => {
  made = await testHost({ nics: [{ generation: 1 }, { generation: 1 }] });
  source = new StatsSource(new HostFiles(made.host.root), systemClock, 200);
});

afterEach(() => made[Symbol.dispose]());

const read = (): ReturnType<StatsSource['read']> => source.read(['cxi0', 'cxi1'], 5000);
const mountable = canMountStats();
const ifMountable = mountable ? test : test.skip;
const why = mountable ? '' : ' (skipped: needs root and /dev/fuse)';

test('a host on which nobody makes statistics has none', async () => {
  expect(await read()).toEqual({ values: new Map(), errors: [] });
});

test('every file that exists is read, negative numbers and NUL padding included', async () => {
  made.writeStats('cxi0', { nacks: 7, parked_nids: -1 });
  made.write('/run/cxi/cxi0/sct_in_use', `3\n${'\0'.repeat(1022)}`);
  made.write('/run/cxi/cxi1/unrelated', '1\n');
  const { values, errors } = await read();
  expect(errors).toEqual([]);
  expect(Object.fromEntries(values.get('cxi0') ?? [])).toEqual({
    nacks: '7',
    parked_nids: '-1',
    sct_in_use: '3',
  });
  expect(values.get('cxi1')).toEqual(new Map());
});

test('a folder that is a link is not followed', async () => {
  made.writeStats('cxi1', { nacks: 7 });
  symlinkSync('cxi1', made.host.root.path('/run/cxi/cxi0'));
  expect((await read()).values.get('cxi0')).toEqual(new Map());
});

ifMountable(`a mount that hangs costs one wait, then none, and nothing of the others${why}`, async () => {
  made.writeStats('cxi1', { nacks: 7 });
  const fault = faults.statsHang(made.host, { nic: 'cxi0' });
  await fault.apply();
  try {
    const first = await read();
    expect(first.errors).toEqual([expect.stringMatching(/run\/cxi\/cxi0 did not answer within 200 ms$/)]);
    expect(first.values.get('cxi1')?.get('nacks')).toBe('7');
    const start = performance.now();
    const second = await read();
    expect(second.errors).toEqual([expect.stringMatching(/run\/cxi\/cxi0: a read from before still hangs$/)]);
    expect(second.values.get('cxi1')?.get('nacks')).toBe('7');
    expect(performance.now() - start).toBeLessThan(200);
    expect(source.stuck).toBe(1);
  } finally {
    await fault.revert?.();
  }
  const settled = async (): Promise<boolean> => {
    const { errors } = await read();
    return errors.length === 0;
  };
  for (const end = performance.now() + 10_000; !(await settled()) && performance.now() < end; );
  expect([source.stuck, await settled()]).toEqual([0, true]);
});

ifMountable(`a mount whose handler died is an error that says so${why}`, async () => {
  const fault = faults.staleStatsMount(made.host, { nic: 'cxi0' });
  await fault.apply();
  try {
    expect((await read()).errors).toEqual([expect.stringMatching(/cxi0 cannot be read: .*ENOTCONN/)]);
    expect(source.stuck).toBe(0);
  } finally {
    await fault.revert?.();
  }
});

ifMountable(`the deadline for all ends a read that has not stalled yet${why}`, async () => {
  const patient = new StatsSource(new HostFiles(made.host.root), systemClock, 60_000);
  const fault = faults.statsHang(made.host, { nic: 'cxi0' });
  await fault.apply();
  try {
    const { errors } = await patient.read(['cxi0'], 100);
    expect(errors).toEqual([expect.stringMatching(/was not reached in time$/)]);
  } finally {
    await fault.revert?.();
  }
});
