import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { SystemProcessRunner } from '@rackwright/host';
import { ProgramResolver, runCsiSanity } from '@rackwright/testbed';
import { TestDriver } from './testing/driver.ts';
import { RegistryCluster } from './testing/registry-cluster.ts';

/** How often it runs: what passes by luck fails in one of twenty. */
const runs = process.env.RACKWRIGHT_LONG_TESTS === '1' ? 20 : 1;

test('Kubernetes’ csi-sanity finds nothing wrong with a driver on folders', async () => {
  const programs = new ProgramResolver({ env: process.env, clock: systemClock, progress: () => undefined });
  const program = await programs.resolve('csi-sanity');
  await using driver = await TestDriver.start();
  const { endpoint } = driver.context.config;
  for (let run = 0; run < runs; run += 1) {
    const folder = join(driver.folder, `sanity-${run}`);
    await mkdir(folder);
    const runner = new SystemProcessRunner(systemClock);
    const report = await runCsiSanity({ program, endpoint, folder, runner });
    expect(report.failures).toEqual([]);
    expect(report.passed).toBeGreaterThanOrEqual(49);
  }
}, 600_000);

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
