import { mkdir, open, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { csi } from '@rackwright/csi';
import { parseMountinfo, SystemProcessRunner } from '@rackwright/host';
import { waitUntil } from '@rackwright/testbed/without-nodes';
import { mounted, publishRequest, TestDriver } from '../testing/driver.ts';
import { imageName } from './image.ts';
import { imageHeader } from './image-header.ts';

const { ControllerService: controller, NodeService: node } = csi;
const MiB = 2n ** 20n;
const runner = new SystemProcessRunner(systemClock);
const canMount =
  process.getuid?.() === 0 && (await runner.run(['losetup', '-f']).catch(() => ({ code: 1 }))).code === 0;

async function mountOf(path: string) {
  const mounts = parseMountinfo(await readFile('/proc/self/mountinfo', 'utf8'));
  return mounts.findLast(({ mountPoint }) => mountPoint === path);
}

async function headOf(path: string): Promise<Buffer> {
  await using file = await open(path);
  const { buffer } = await file.read(Buffer.alloc(8192), 0, 8192, 0);
  return buffer;
}

/** Files behind loop devices, of this driver. */
async function loopFiles({ folder }: TestDriver): Promise<string[]> {
  const { stdout } = await runner.run(['losetup', '-n', '-O', 'BACK-FILE']);
  return stdout.split('\n').filter((line) => line.startsWith(folder));
}

(canMount ? describe : describe.skip)('volumes of files for kataContainers (needs root)', () => {
  test.each([
    ['ext4', 32n],
    ['xfs', 400n],
  ])(
    'a pod gets the %s of an image that fills the volume, finds its data again, and leaves no loop device',
    async (fsType, size) => {
      await using driver = await TestDriver.start(undefined, { deviceManager: 'loop' });
      const { client, folder } = driver;
      const [staging, target, other] = ['staging', 'pods/target', 'pods/other'].map((name) =>
        join(folder, name),
      ) as [string, string, string];
      await mkdir(staging);
      const volumeCapability = mounted(fsType);
      const { volumeId, volumeContext } = await driver.create('data', {
        capacityRange: { requiredBytes: size * MiB, limitBytes: 0n },
        volumeCapabilities: [volumeCapability],
        parameters: { kataContainers: 'true', eraseafter: 'false' },
      });
      const stage = { volumeId, volumeContext, volumeCapability, stagingTargetPath: staging };
      const publish = publishRequest(volumeId, target, { stagingTargetPath: staging, volumeCapability });
      await expect(client.call(node.nodePublishVolume, publish)).rejects.toThrow('is not staged at');
      const small = { capacityRange: { requiredBytes: 380n * MiB, limitBytes: 0n } };
      const xfs = { volumeCapabilities: [mounted('xfs')], parameters: { kataContainers: 'true' } };
      await expect(driver.create('small', { ...small, ...xfs })).rejects.toMatchObject({
        ...{ code: 'OutOfRange', message: expect.stringContaining('xfs for kataContainers needs') },
      });
      await client.call(node.nodeStageVolume, { ...stage, publishContext: {}, secrets: {} });
      // What a driver left that was killed while it made the image.
      await writeFile(join(staging, `${imageName}.new`), 'half of one');
      for (let time = 0; time < 2; time++) await client.call(node.nodePublishVolume, publish);
      await client.call(node.nodePublishVolume, { ...publish, targetPath: other, readonly: true });
      expect(await mountOf(target)).toMatchObject({ fsType });
      await writeFile(join(target, 'file'), 'kept');
      expect(await readFile(join(other, 'file'), 'utf8')).toBe('kept');
      await expect(writeFile(join(other, 'file'), 'x')).rejects.toThrow('EROFS');

      const image = join(staging, imageName);
      const bytes = BigInt((await stat(image)).size);
      expect(bytes % (2n * MiB)).toBe(0n);
      expect(bytes).toBeGreaterThan((size * MiB) / 2n);
      expect((await headOf(image)).equals(imageHeader(bytes))).toBe(true);

      const stats = { volumeId, volumePath: target, stagingTargetPath: '' };
      const { usage, volumeCondition } = await client.call(node.nodeGetVolumeStats, stats);
      expect(usage[0]?.available).toBeGreaterThan(bytes / 2n);
      expect(volumeCondition?.abnormal).toBe(false);
      const single = mounted(fsType, csi.VolumeCapability_AccessMode_Mode.SINGLE_NODE_SINGLE_WRITER);
      await expect(
        client.call(node.nodePublishVolume, { ...publish, volumeCapability: single }),
      ).rejects.toMatchObject({ code: 'FailedPrecondition' });
      const grow = {
        volumeId,
        capacityRange: { requiredBytes: 2n * size * MiB, limitBytes: 0n },
        secrets: {},
      };
      await expect(
        client.call(controller.controllerExpandVolume, { ...grow, volumeCapability }),
      ).rejects.toThrow('its image does not grow');

      for (const targetPath of [other, target, target])
        await client.call(node.nodeUnpublishVolume, { volumeId, targetPath });
      await client.call(node.nodeUnstageVolume, { volumeId, stagingTargetPath: staging });
      await client.call(node.nodeStageVolume, { ...stage, publishContext: {}, secrets: {} });
      await client.call(node.nodePublishVolume, publish);
      expect(await readFile(join(target, 'file'), 'utf8')).toBe('kept');
      await client.call(node.nodeUnpublishVolume, { volumeId, targetPath: target });
      await client.call(node.nodeUnstageVolume, { volumeId, stagingTargetPath: staging });
      // A process that is just getting mounts of its own has the device for a moment; provisioners ask again, too.
      const deleted = () => client.call(controller.deleteVolume, { volumeId, secrets: {} });
      await waitUntil('the volume to be deleted', deleted, { clock: systemClock });
      expect(await loopFiles(driver)).toEqual([]);
    },
  );

  test('an inline volume is mounted beside its pod, which gets its image, and goes with it', async () => {
    await using driver = await TestDriver.start(undefined, { deviceManager: 'loop' });
    const { client, folder, state } = driver;
    const target = join(folder, 'pods/inline');
    const parameters = { size: '32Mi', kataContainers: 'true', eraseafter: 'false' };
    const volumeContext = { ...parameters, 'csi.storage.k8s.io/ephemeral': 'true' };
    const request = publishRequest('csi-1', target, { volumeContext, stagingTargetPath: '' });
    for (let time = 0; time < 2; time++) await client.call(node.nodePublishVolume, request);
    const [id = ''] = await readdir(join(state, 'mount'));
    expect(await readdir(join(state, 'mount', id))).toContain(imageName);
    expect(await mountOf(target)).toMatchObject({ fsType: 'ext4' });
    await writeFile(join(target, 'file'), 'x');
    for (let time = 0; time < 2; time++)
      await client.call(node.nodeUnpublishVolume, { volumeId: 'csi-1', targetPath: target });
    expect(await readdir(join(state, 'mount'))).toEqual([]);
    expect(await loopFiles(driver)).toEqual([]);
  });
});
