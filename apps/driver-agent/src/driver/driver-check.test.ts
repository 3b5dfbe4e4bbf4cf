import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Latest, Lifetime, ManualClock, silentLogger } from '@rackwright/core';
import type { CxiDevice } from '@rackwright/hardware-cxi';
import { HostFiles } from '@rackwright/host';
import { SimulatedHost } from '@rackwright/simulator';
import { nic } from '../testing/devices.ts';
import { DriverCheck } from './driver-check.ts';

let folder: string;
let host: SimulatedHost;
let lifetime: Lifetime;
const clock = new ManualClock();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rw-check-'));
  host = await SimulatedHost.create(folder, { nics: [{ generation: 1 }], cxiRh: false });
  lifetime = new Lifetime();
});
afterEach(async () => {
  await lifetime[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

function start(devices = new Latest<readonly CxiDevice[]>([])): DriverCheck {
  const check = new DriverCheck({
    source: 'preinstalled',
    files: new HostFiles(host.root),
    scanner: { devices },
    clock,
    logger: silentLogger,
    intervalMs: 30_000,
  });
  lifetime.spawn('check', (signal) => check.start(signal));
  return check;
}

test('a driver that is ready is verified again each interval', async () => {
  const check = start();
  await clock.advance(0);
  expect(check.driver.value?.ready).toBe(true);
  await host.setModules([]);
  await clock.advance(29_000);
  expect(check.driver.value?.ready).toBe(true);
  await clock.advance(2000);
  expect(check.driver.value).toMatchObject({ ready: false, reason: 'ModuleMissing' });
});

test('a driver that is not ready is looked at again within a second, then ever less often', async () => {
  const modules = host.modules;
  await host.setModules([]);
  const check = start();
  await clock.advance(0);
  expect(check.driver.value?.ready).toBe(false);
  await host.setModules(modules);
  await clock.advance(1000);
  expect(check.driver.value?.ready).toBe(true);
});

test('waits never grow beyond the interval', async () => {
  const modules = host.modules;
  await host.setModules([]);
  const check = start();
  await clock.advance(3_600_000);
  await host.setModules(modules);
  await clock.advance(30_000);
  expect(check.driver.value?.ready).toBe(true);
});

test('a change of the devices is a cause to look at once', async () => {
  const devices = new Latest<readonly CxiDevice[]>([]);
  const check = start(devices);
  await clock.advance(0);
  devices.set([nic({ devNode: { path: '/dev/cxi0', present: false } })]);
  await clock.advance(0);
  expect(check.driver.value).toMatchObject({ ready: false, reason: 'NicNotReady' });
});
