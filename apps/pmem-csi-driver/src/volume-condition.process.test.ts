import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { csi } from '@rackwright/csi';
import { SystemProcessRunner } from '@rackwright/host';
import { mounted, publishRequest, TestDriver } from './testing/driver.ts';

const { ControllerService: controller, NodeService: node } = csi;
const runner = new SystemProcessRunner(systemClock);
const canMount =
  process.getuid?.() === 0 && (await runner.run(['losetup', '-f']).catch(() => ({ code: 1 }))).code === 0;

/** A volume that a pod has. */
async function publishedVolume(driver: TestDriver) {
  const { client, folder } = driver;
  const capacityRange = { requiredBytes: 16n * 2n ** 20n, limitBytes: 0n };
  const { volumeId, volumeContext } = await driver.create('data', {
    ...{ capacityRange, parameters: { eraseafter: 'false' } },
  });
  const [stagingTargetPath, volumePath] = [join(folder, 'staging'), join(folder, 'pods/target')];
  await mkdir(stagingTargetPath);
  const volumeCapability = mounted('ext4');
  const stage = { volumeId, volumeContext, volumeCapability, stagingTargetPath };
  await client.call(node.nodeStageVolume, { ...stage, publishContext: {}, secrets: {} });
  await client.call(node.nodePublishVolume, publishRequest(volumeId, volumePath, { stagingTargetPath }));
  return {
    volumeId,
    staging: stagingTargetPath,
    stats: () => client.call(node.nodeGetVolumeStats, { volumeId, volumePath, stagingTargetPath: '' }),
    release: async () => {
      await client.call(node.nodeUnpublishVolume, { volumeId, targetPath: volumePath });
      await client.call(node.nodeUnstageVolume, { volumeId, stagingTargetPath });
      await client.call(controller.deleteVolume, { volumeId, secrets: {} });
    },
  };
}

/** Lines of the metric of volumes with which something is wrong. */
async function abnormal({ context }: TestDriver): Promise<string[]> {
  const text = await context.metrics.metrics();
  return text.split('\n').filter((line) => line.startsWith('pmem_volume_abnormal{'));
}

function line(volumeId: string): string {
  return `pmem_volume_abnormal{driver_name="pmem-csi.intel.com",node="node-1",volume="${volumeId}"} 1`;
}

const gone = (volumeId: string) => ({ abnormal: true, message: `the device of volume ${volumeId} is gone` });
const well = { abnormal: false, message: '' };

/** A device is a folder in mode fake, and a file in mode loop. */
async function losesItsDevice(deviceManager: 'fake' | 'loop'): Promise<void> {
  await using driver = await TestDriver.start(undefined, { deviceManager });
  const { volumeId, stats, release } = await publishedVolume(driver);
  expect((await stats()).volumeCondition).toEqual(well);
  expect(await abnormal(driver)).toEqual([]);
  const device = join(driver.state, deviceManager, volumeId);
  await rename(device, `${device}.away`);
  const { usage, volumeCondition } = await stats();
  expect(volumeCondition).toEqual(gone(volumeId));
  // Kubelets throw an answer without usage away, condition and all.
  expect(usage).toEqual([expect.objectContaining({ total: 16n * 2n ** 20n, available: 0n })]);
  expect(await abnormal(driver)).toEqual([line(volumeId)]);
  await rename(`${device}.away`, device);
  expect((await stats()).volumeCondition).toEqual(well);
  expect(await abnormal(driver)).toEqual([]);
  await rename(device, `${device}.away`);
  await stats();
  expect(await abnormal(driver)).toEqual([line(volumeId)]);
  await rename(`${device}.away`, device);
  await release();
  expect(await abnormal(driver)).toEqual([]);
}

test('a volume whose folder goes away under a pod is told to be abnormal, until it is back or no pod has it', () =>
  losesItsDevice('fake'));

(canMount ? describe : describe.skip)('volumes of files (needs root)', () => {
  test('one whose file goes away under a pod is told to be abnormal, until it is back or no pod has it', () =>
    losesItsDevice('loop'));

  test('one whose file system the kernel made read-only is told to be abnormal, until it can be written again', async () => {
    await using driver = await TestDriver.start(undefined, { deviceManager: 'loop' });
    const { volumeId, staging, stats, release } = await publishedVolume(driver);
    // As the kernel does for errors=remount-ro: the mount of the pod still says rw.
    await runner.run(['mount', '-o', 'remount,ro', staging]);
    expect((await stats()).volumeCondition).toEqual({
      abnormal: true,
      message: 'the file system is read-only: the kernel found it damaged',
    });
    expect(await abnormal(driver)).toEqual([line(volumeId)]);
    await runner.run(['mount', '-o', 'remount,rw', staging]);
    expect((await stats()).volumeCondition).toEqual(well);
    expect(await abnormal(driver)).toEqual([]);
    await release();
  });
});
