import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { csi } from '@rackwright/csi';
import { waitUntil } from '@rackwright/testbed/without-nodes';
import { mounted, publishRequest } from './testing/driver.ts';
import { PmemHost } from './testing/pmem-host.ts';

const { ControllerService: controller, NodeService: node } = csi;
const MiB = 2n ** 20n;

test.each([
  ['ext4', 16n, 32n],
  ['xfs', 304n, 400n],
])(
  '%s on a logical volume is mounted with dax, keeps what is written, grows while in use and goes',
  async (fsType, first, second) => {
    await using pmem = await PmemHost.create();
    const driver = await pmem.start();
    const { client } = driver;
    const capability = mounted(fsType);
    const { volumeId, volumeContext } = await driver.create('data', {
      capacityRange: { requiredBytes: first * MiB, limitBytes: 0n },
      volumeCapabilities: [capability],
    });
    const [staging, target] = ['/var/lib/kubelet/staging', '/var/lib/kubelet/pods/target'];
    for (const folder of [staging, '/var/lib/kubelet/pods'])
      await mkdir(pmem.host.root.path(folder), { recursive: true });
    const stage = {
      ...{ volumeId, volumeContext, volumeCapability: capability, stagingTargetPath: staging },
      ...{ publishContext: {}, secrets: {} },
    };
    const publish = publishRequest(volumeId, target, {
      stagingTargetPath: staging,
      volumeCapability: capability,
    });
    for (let time = 0; time < 2; time++) {
      await client.call(node.nodeStageVolume, stage);
      await client.call(node.nodePublishVolume, publish);
    }
    expect(await pmem.mountAt(staging)).toMatchObject({
      fsType,
      source: expect.stringMatching(/^\/dev\/mapper\/ndbus0region0fsdax-data--/),
      superOptions: expect.arrayContaining(['dax=always']),
    });
    await writeFile(pmem.host.root.path(`${target}/file`), 'kept');
    await expect(client.call(controller.deleteVolume, { volumeId, secrets: {} })).rejects.toThrow(
      'is in use at',
    );
    const grown = await client.call(controller.controllerExpandVolume, {
      ...{ volumeId, capacityRange: { requiredBytes: second * MiB, limitBytes: 0n } },
      ...{ volumeCapability: capability, secrets: {} },
    });
    expect(grown).toEqual({ capacityBytes: second * MiB, nodeExpansionRequired: true });
    await client.call(node.nodeExpandVolume, {
      ...{ volumeId, volumePath: target, stagingTargetPath: staging, volumeCapability: capability },
      ...{ capacityRange: { requiredBytes: second * MiB, limitBytes: 0n }, secrets: {} },
    });
    await driver.stop();
    await using again = await pmem.start();
    expect(await readFile(pmem.host.root.path(`${target}/file`), 'utf8')).toBe('kept');
    await again.client.call(node.nodeUnpublishVolume, { volumeId, targetPath: target });
    await again.client.call(node.nodeUnstageVolume, { volumeId, stagingTargetPath: staging });
    expect(await pmem.mountAt(staging)).toBeUndefined();
    await again.client.call(controller.deleteVolume, { volumeId, secrets: {} });
    // It is erased in the background.
    const isGone = async () =>
      (await again.client.call(controller.listVolumes, { maxEntries: 0, startingToken: '' })).entries
        .length === 0;
    await waitUntil('the volume to go', isGone, { clock: systemClock, deadlineMs: 60_000 });
  },
  120_000,
);
