import { lstat, mkdir, open, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { csi } from '@rackwright/csi';
import { parseMountinfo, SystemProcessRunner } from '@rackwright/host';
import { waitUntil } from '@rackwright/testbed/without-nodes';
import { mounted, publishRequest, raw, TestDriver } from './testing/driver.ts';
import { canGrowExt4, canMountLoops } from './testing/loop-host.ts';

const { ControllerService: controller, NodeService: node } = csi;
const MiB = 2n ** 20n;
const runner = new SystemProcessRunner(systemClock);
const ifRoot = (await canMountLoops()) ? describe : describe.skip;

async function mountOf(path: string) {
  const mounts = parseMountinfo(await readFile('/proc/self/mountinfo', 'utf8'));
  return mounts.findLast(({ mountPoint }) => mountPoint === path);
}

const size = (mebibytes: bigint) => ({ requiredBytes: mebibytes * MiB, limitBytes: 0n });

ifRoot('volumes of files (needs root)', () => {
  test.each([
    ['ext4', 16n, 32n],
    ['xfs', 300n, 400n],
  ])(
    '%s is made, mounted for a pod, read-only for another, grown while in use, and gone in the end',
    async (fsType, first, second) => {
      await using driver = await TestDriver.start(undefined, { deviceManager: 'loop' });
      const { client, folder } = driver;
      const capability = mounted(fsType);
      const { volumeId, volumeContext } = await driver.create('data', {
        capacityRange: size(first),
        volumeCapabilities: [capability],
      });
      const [staging, target, other] = ['staging', 'pods/target', 'pods/other'].map((name) =>
        join(folder, name),
      ) as [string, string, string];
      await mkdir(staging);
      const stage = {
        volumeId,
        volumeContext,
        volumeCapability: capability,
        stagingTargetPath: staging,
        publishContext: {},
        secrets: {},
      };
      const publish = publishRequest(volumeId, target, {
        stagingTargetPath: staging,
        volumeCapability: capability,
      });
      await expect(client.call(node.nodePublishVolume, publish)).rejects.toThrow('is not staged at');
      for (let time = 0; time < 2; time++) {
        await client.call(node.nodeStageVolume, stage);
        await client.call(node.nodePublishVolume, publish);
        await client.call(node.nodePublishVolume, { ...publish, targetPath: other, readonly: true });
      }
      expect(await mountOf(staging)).toMatchObject({ fsType });
      // Formatting gives nothing back of the room it has.
      const { blocks } = await stat(join(driver.state, 'loop', volumeId));
      expect(BigInt(blocks) * 512n).toBeGreaterThanOrEqual(first * MiB);
      await writeFile(join(target, 'file'), 'kept');
      expect(await readFile(join(other, 'file'), 'utf8')).toBe('kept');
      await expect(writeFile(join(other, 'file'), 'x')).rejects.toThrow('EROFS');
      await expect(client.call(node.nodePublishVolume, { ...publish, readonly: true })).rejects.toMatchObject(
        { code: 'AlreadyExists' },
      );
      await expect(
        client.call(node.nodeStageVolume, {
          ...stage,
          volumeCapability: mounted(fsType === 'xfs' ? 'ext4' : 'xfs'),
        }),
      ).rejects.toMatchObject({ code: 'AlreadyExists' });
      await expect(client.call(controller.deleteVolume, { volumeId, secrets: {} })).rejects.toMatchObject({
        code: 'FailedPrecondition',
      });

      if (fsType === 'xfs' || canGrowExt4()) {
        const before = await client.call(node.nodeGetVolumeStats, {
          volumeId,
          volumePath: target,
          stagingTargetPath: '',
        });
        await client.call(controller.controllerExpandVolume, {
          volumeId,
          capacityRange: size(second),
          secrets: {},
          volumeCapability: capability,
        });
        await client.call(node.nodeExpandVolume, {
          volumeId,
          volumePath: target,
          stagingTargetPath: staging,
          capacityRange: size(second),
          volumeCapability: capability,
          secrets: {},
        });
        const after = await client.call(node.nodeGetVolumeStats, {
          volumeId,
          volumePath: target,
          stagingTargetPath: '',
        });
        expect((after.usage[0]?.total ?? 0n) - (before.usage[0]?.total ?? 0n)).toBeGreaterThan(
          ((second - first) * MiB * 8n) / 10n,
        );
        expect(await readFile(join(target, 'file'), 'utf8')).toBe('kept');
      }

      for (const targetPath of [target, other, target])
        await client.call(node.nodeUnpublishVolume, { volumeId, targetPath });
      for (let time = 0; time < 2; time++)
        await client.call(node.nodeUnstageVolume, { volumeId, stagingTargetPath: staging });
      await expect(lstat(target)).rejects.toThrow('ENOENT');
      expect(await mountOf(staging)).toBeUndefined();
      // The mount owned its device.
      const isDetached = async () =>
        !(await runner.run(['losetup', '-n', '-O', 'BACK-FILE'])).stdout.includes(folder);
      await waitUntil('the loop device to go', isDetached, { clock: systemClock, deadlineMs: 60_000 });
      await client.call(controller.deleteVolume, { volumeId, secrets: {} });
    },
  );

  test('a raw volume is a block device for one pod alone, and an inline volume is mounted until its pod ends', async () => {
    await using driver = await TestDriver.start(undefined, { deviceManager: 'loop' });
    const { client, folder } = driver;
    const { volumeId } = await driver.create('raw', { capacityRange: size(8n), volumeCapabilities: [raw()] });
    const target = join(folder, 'pods/device');
    const single = {
      ...raw(),
      accessMode: { mode: csi.VolumeCapability_AccessMode_Mode.SINGLE_NODE_SINGLE_WRITER },
    };
    const publish = publishRequest(volumeId, target, { volumeCapability: single, stagingTargetPath: '' });
    for (let time = 0; time < 2; time++) await client.call(node.nodePublishVolume, publish);
    expect((await stat(target)).isBlockDevice()).toBe(true);
    await expect(
      client.call(node.nodePublishVolume, { ...publish, targetPath: `${target}2` }),
    ).rejects.toMatchObject({ code: 'FailedPrecondition' });
    for (let time = 0; time < 2; time++)
      await client.call(node.nodeUnpublishVolume, { volumeId, targetPath: target });
    await client.call(controller.deleteVolume, { volumeId, secrets: {} });

    const inline = join(folder, 'pods/inline');
    const volumeContext = { size: '8Mi', 'csi.storage.k8s.io/ephemeral': 'true' };
    const request = publishRequest('csi-1', inline, { volumeContext, stagingTargetPath: '' });
    for (let time = 0; time < 2; time++) await client.call(node.nodePublishVolume, request);
    expect(await mountOf(inline)).toMatchObject({ fsType: 'ext4' });
    for (let time = 0; time < 2; time++)
      await client.call(node.nodeUnpublishVolume, { volumeId: 'csi-1', targetPath: inline });
    const { entries } = await client.call(controller.listVolumes, { maxEntries: 0, startingToken: '' });
    expect(entries).toEqual([]);
  });

  test.each(['false', 'true'])(
    'a restarted driver refuses to publish a target the other way, and leaves it as it is (kataContainers: %s)',
    async (kataContainers) => {
      const first = await TestDriver.start(undefined, { deviceManager: 'loop' });
      const { folder } = first;
      const [staging, writable, readOnly, cutShort] = ['staging', 'pods/rw', 'pods/ro', 'pods/cut'].map(
        (name) => join(folder, name),
      ) as [string, string, string, string];
      await mkdir(staging);
      const { volumeId } = await first.create('data', {
        ...{ capacityRange: size(32n), parameters: { kataContainers } },
      });
      const stage = { volumeId, volumeCapability: mounted(), stagingTargetPath: staging };
      const rest = { volumeContext: {}, publishContext: {}, secrets: {} };
      await first.client.call(node.nodeStageVolume, { ...stage, ...rest });
      const publish = (driver: TestDriver, target: string, readonly: boolean) =>
        driver.client.call(
          node.nodePublishVolume,
          publishRequest(volumeId, target, { stagingTargetPath: staging, readonly }),
        );
      await publish(first, writable, false);
      await publish(first, readOnly, true);
      await publish(first, cutShort, false);
      await first.stop();
      const file = join(first.state, `${volumeId}.json`);

      const second = await TestDriver.start(folder, { deviceManager: 'loop' });
      const refused = { code: 'AlreadyExists', message: expect.stringContaining('published in another way') };
      await expect(publish(second, writable, true)).rejects.toMatchObject(refused);
      await expect(publish(second, readOnly, false)).rejects.toMatchObject(refused);
      await publish(second, writable, false);
      await publish(second, readOnly, true);
      await writeFile(join(writable, 'file'), 'kept');
      await expect(writeFile(join(readOnly, 'file'), 'x')).rejects.toThrow('EROFS');
      await second.stop();

      // As a kill leaves it between the mount and its turn to read-only: nobody was given it.
      const record = (await readFile(file, 'utf8')).replace('}\n', `,"publishing":"${cutShort}"}\n`);
      await writeFile(file, record);
      await using third = await TestDriver.start(folder, { deviceManager: 'loop' });
      await publish(third, cutShort, true);
      await expect(writeFile(join(cutShort, 'file'), 'x')).rejects.toThrow('EROFS');
      expect(await readFile(file, 'utf8')).not.toContain('publishing');
      expect(await readFile(join(writable, 'file'), 'utf8')).toBe('kept');
      for (const targetPath of [writable, readOnly, cutShort])
        await third.client.call(node.nodeUnpublishVolume, { volumeId, targetPath });
      await third.client.call(node.nodeUnstageVolume, { volumeId, stagingTargetPath: staging });
      await third.client.call(controller.deleteVolume, { volumeId, secrets: {} });
    },
  );

  test('a volume whose formatting was cut short is formatted again, and one with data never', async () => {
    const first = await TestDriver.start(undefined, { deviceManager: 'loop' });
    const { volumeId } = await first.create('data', { capacityRange: size(8n) });
    await first.stop();
    const file = join(first.state, `${volumeId}.json`);
    const torn = (await readFile(file, 'utf8')).replace('}\n', ',"formatting":true}\n');
    await writeFile(file, torn);
    // What mkfs leaves when it is killed: the kind is to be seen, and nothing can be mounted.
    const image = await open(join(first.state, 'loop', volumeId), 'r+');
    await image.write(Buffer.from('53ef', 'hex'), 0, 2, 1024 + 56);
    await image.close();

    await using second = await TestDriver.start(first.folder, { deviceManager: 'loop' });
    const staging = join(second.folder, 'staging');
    await mkdir(staging);
    const stage = {
      ...{ volumeId, volumeContext: {}, publishContext: {}, secrets: {}, stagingTargetPath: staging },
      volumeCapability: mounted('ext4'),
    };
    await second.client.call(node.nodeStageVolume, stage);
    expect(await readFile(file, 'utf8')).not.toContain('formatting');
    await writeFile(join(staging, 'file'), 'kept');
    await second.client.call(node.nodeUnstageVolume, { volumeId, stagingTargetPath: staging });
    await second.client.call(node.nodeStageVolume, stage);
    expect(await readFile(join(staging, 'file'), 'utf8')).toBe('kept');
    await second.client.call(node.nodeUnstageVolume, { volumeId, stagingTargetPath: staging });
    await second.client.call(controller.deleteVolume, { volumeId, secrets: {} });
  });
});
