import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { SystemProcessRunner } from '@rackwright/host';
import { ProgramResolver, runCsiSanity } from '@rackwright/testbed';
import { TestDriver } from './testing/driver.ts';
import { canMountLoops } from './testing/loop-host.ts';
import { RegistryCluster } from './testing/registry-cluster.ts';

const long = process.env.RACKWRIGHT_LONG_TESTS === '1';
/** How often it runs: what passes by luck fails in one of twenty. */
const runs = long ? 20 : 1;
/** Small volumes, which are files as large. */
const sizes = ['--csi.testvolumesize=67108864', '--csi.testvolumeexpandsize=134217728'];
const modes: {
  readonly deviceManager: 'fake' | 'loop';
  readonly needs: string;
  readonly flags: readonly string[];
}[] = [
  { deviceManager: 'fake', needs: '', flags: [] },
  // In CI a virtual machine has it.
  ...(long && (await canMountLoops())
    ? [{ deviceManager: 'loop' as const, needs: ' (needs root)', flags: sizes }]
    : []),
];

test.each(modes)(
  'Kubernetes’ csi-sanity finds nothing wrong with a driver in mode $deviceManager$needs',
  async ({ deviceManager, flags }) => {
    const programs = new ProgramResolver({ env: process.env, clock: systemClock, progress: () => undefined });
    const program = await programs.resolve('csi-sanity');
    await using driver = await TestDriver.start(undefined, { deviceManager });
    const { endpoint } = driver.context.config;
    const passed: number[] = [];
    for (let run = 0; run < runs; run += 1) {
      const folder = join(driver.folder, `sanity-${run}`);
      await mkdir(folder);
      const runner = new SystemProcessRunner(systemClock);
      const report = await runCsiSanity({ program, endpoint, folder, runner, flags });
      expect(report.failures).toEqual([]);
      passed.push(report.passed);
    }
    process.stdout.write(`csi-sanity, ${deviceManager}: passed in ${runs} runs: ${passed.join(' ')}\n`);
    expect(Math.min(...passed)).toBeGreaterThanOrEqual(49);
  },
  long ? 7_200_000 : 600_000,
);

test('csi-sanity finds nothing wrong with a controller for all nodes and one of its nodes', async () => {
  const programs = new ProgramResolver({ env: process.env, clock: systemClock, progress: () => undefined });
  const program = await programs.resolve('csi-sanity');
  await using cluster = await RegistryCluster.create();
  const controller = await cluster.controller();
  await cluster.node('one');
  await controller.logged(/a node is registered/);
  const report = await runCsiSanity({
    ...{ program, endpoint: cluster.nodeSocket('one'), folder: cluster.folder },
    flags: [`--csi.controllerendpoint=${cluster.controllerSocket}`],
    runner: new SystemProcessRunner(systemClock),
  });
  expect(report.failures).toEqual([]);
  expect(report.passed).toBeGreaterThanOrEqual(49);
}, 600_000);
