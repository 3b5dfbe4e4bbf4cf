import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Lifetime, ManualClock, silentLogger } from '@rackwright/core';
import { outOfServicePath } from '@rackwright/hardware-cxi';
import { HostFiles, HostRoot } from '@rackwright/host';
import { heldDevices } from './held-devices.ts';
import { OutOfServiceFile } from './out-of-service-file.ts';

let folder: string;
let path: string;
let clock: ManualClock;
let lifetime: Lifetime;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'out-of-service-'));
  path = new HostRoot(folder).path(outOfServicePath);
  clock = new ManualClock();
  lifetime = new Lifetime();
});
afterEach(async () => {
  await lifetime[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

function start(): OutOfServiceFile {
  const file = new OutOfServiceFile({
    files: new HostFiles(new HostRoot(folder)),
    clock,
    logger: silentLogger,
  });
  lifetime.spawn(file.name, (signal) => file.start(signal));
  return file;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise<void>((resolve) => setImmediate(resolve));
}

const names = (): readonly string[] | undefined =>
  existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).devices : undefined;

test('says what CXIDevices ask for, by the names of their NICs', () => {
  const object = (device: string, unschedulable?: boolean) => ({
    metadata: { name: `n1-${device}`, labels: { 'slingshot.hpe.com/device': device } },
    ...(unschedulable === undefined ? {} : { spec: { unschedulable } }),
  });
  const others = { ...object('cxi4', true), status: { type: 'pf' as const, node: 'n2' } };
  const all = [object('cxi2', true), object('cxi0', true), object('cxi1', false), object('cxi3'), others];
  expect(heldDevices(all, 'n1')).toEqual(['cxi0', 'cxi2']);
});

test('there is no file before a NIC is out of service, and an empty list after it is back', async () => {
  const file = start();
  file.set([]);
  file.set(['cxi0']);
  await until(() => names()?.join() === 'cxi0');
  file.set([]);
  await until(() => names()?.length === 0);
});

test('until the API server has told, the file of the agent before counts', () => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify({ version: 1, updatedAt: '', devices: ['cxi1'] }));
  expect([...start().devices.value]).toEqual(['cxi1']);
});

test('a folder that cannot be written is told, and tried again until it can', async () => {
  mkdirSync(dirname(dirname(path)), { recursive: true });
  writeFileSync(dirname(path), '');
  const file = start();
  file.set(['cxi0']);
  await file.failure.until((reason) => reason !== undefined);
  expect(file.failure.value).toMatch(
    /^cannot write \/run\/rackwright\/out-of-service.json: .*remove what stands/,
  );
  rmSync(dirname(path));
  while (file.failure.value !== undefined) await clock.advance(15_000);
  expect(names()).toEqual(['cxi0']);
});
