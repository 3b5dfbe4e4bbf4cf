import { readdir, rm } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { csi } from '@rackwright/csi';
import type { TestDriver } from './testing/driver.ts';
import { PmemHost } from './testing/pmem-host.ts';
import { replaceProgram } from './testing/tool-mishaps.ts';

const { ControllerService: controller, IdentityService: identity } = csi;
const MiB = 2 ** 20;

const request = { capacityRange: { requiredBytes: 8n * BigInt(MiB), limitBytes: 0n } };

async function statusOf(driver: TestDriver): Promise<boolean | undefined> {
  return (await driver.client.call(identity.probe, {})).ready;
}

test('a driver does not start without ndctl or with one that prints nonsense, and says which program it was', async () => {
  await using pmem = await PmemHost.create([{ bytes: 64 * MiB }]);
  await replaceProgram(pmem, 'ndctl', 'echo "[{"');
  await expect(pmem.start()).rejects.toThrow('ndctl printed no JSON');
  await replaceProgram(pmem, 'ndctl', 'echo broken >&2; exit 1');
  await expect(pmem.start()).rejects.toThrow('ndctl list exited with 1: broken');
  await rm(pmem.host.root.path('/usr/bin/ndctl'));
  await expect(pmem.start()).rejects.toThrow('the host has no ndctl');
}, 120_000);

test('while lvm prints nonsense a driver makes no volume, is not ready from then on and leaves nothing behind', async () => {
  await using pmem = await PmemHost.create([{ bytes: 64 * MiB }]);
  await using driver = await pmem.start();
  expect(await statusOf(driver)).toBe(true);
  await replaceProgram(pmem, 'lvm', 'echo "{\\"report\\": 7}"');
  await expect(driver.create('data', request)).rejects.toThrow('lvm fullreport printed no report');
  expect(await statusOf(driver)).toBe(false);
  expect(await readdir(driver.state)).toEqual([]);
  const asked = { volumeCapabilities: [], parameters: {}, accessibleTopology: undefined };
  await expect(driver.client.call(controller.getCapacity, asked)).rejects.toThrow('lvm fullreport');
}, 120_000);
