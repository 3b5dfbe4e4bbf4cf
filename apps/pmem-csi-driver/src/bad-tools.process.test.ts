import { readdir, rename, rm } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { ManualClock, systemClock } from '@rackwright/core';
import { csi } from '@rackwright/csi';
import { waitUntil } from '@rackwright/testbed/without-nodes';
import type { TestDriver } from './testing/driver.ts';
import { PmemHost } from './testing/pmem-host.ts';
import { MishapRunner, mishaps, replaceProgram, writeProgram } from './testing/tool-mishaps.ts';

const { ControllerService: controller, IdentityService: identity } = csi;
const MiB = 2 ** 20;
const long = process.env.RACKWRIGHT_LONG_TESTS === '1';

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

/** A node with memory that had a file system of somebody who is gone, which is in every new namespace. */
async function usedMemory(): Promise<PmemHost> {
  const pmem = await PmemHost.create([{ bytes: 64 * MiB }]);
  const { root } = pmem.host;
  const [ndctl, mkfs] = ['/usr/bin/ndctl', '/usr/sbin/mkfs.ext4'].map((path) => root.path(path));
  await rename(`${ndctl}`, `${ndctl}.real`);
  const format = `[ $1 != create-namespace ] || '${mkfs}' -q -F ${root.dev('pmem0')}`;
  await writeProgram(`${ndctl}`, `'${ndctl}.real' "$@" && { ${format}; }`);
  return pmem;
}

/** A program that is given up, in milliseconds, and a try after it. */
const deadlineMs = 30_000;
const nextTryMs = 5000;

test.each(long ? mishaps : (['pretends'] as const))(
  'a region whose new memory wipefs (%s) does not clear has no room, says why, and has it once that is mended',
  async (mishap) => {
    await using pmem = await usedMemory();
    const clock = new ManualClock();
    const runner = new MishapRunner(clock);
    const tool = runner.spoil(['wipefs'], mishap);
    const starting = pmem.start({}, { clock, runner });
    await tool.met;
    if (mishap === 'hangs') await clock.advance(deadlineMs);
    await using driver = await starting;
    await expect(driver.create('early', request)).rejects.toMatchObject({
      ...{ code: 'ResourceExhausted', message: expect.stringMatching(/; region0: .*wipefs/) },
    });
    tool[Symbol.dispose]();
    await clock.advance(nextTryMs);
    const asked = { volumeCapabilities: [], parameters: {}, accessibleTopology: undefined };
    const hasRoom = async (): Promise<boolean> =>
      (await driver.client.call(controller.getCapacity, asked)).availableCapacity > 0n;
    await waitUntil('room', hasRoom, { clock: systemClock });
    await driver.create('later', request);
  },
  120_000,
);
