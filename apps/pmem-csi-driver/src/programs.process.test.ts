import { mkdir } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { csi } from '@rackwright/csi';
import { SystemProcessRunner } from '@rackwright/host';
import { HostTools, Lvm } from '@rackwright/storage';
import { waitUntil } from '@rackwright/testbed/without-nodes';
import { mounted, publishRequest, type TestDriver } from './testing/driver.ts';
import { PmemHost } from './testing/pmem-host.ts';

const { ControllerService: controller, NodeService: node } = csi;
const MiB = 2n ** 20n;
const [staging, target] = ['/var/lib/kubelet/staging', '/var/lib/kubelet/target'] as const;

/** The programs that were started during `work`, with the command of LVM. */
async function programsDuring({ host }: PmemHost, work: () => Promise<unknown>): Promise<string[]> {
  const before = host.commands.journal().length;
  await work();
  const started = host.commands.journal().slice(before);
  return started.map(({ command, args }) => (command === 'lvm' ? `lvm ${args[0]}` : command));
}

async function available({ client }: TestDriver): Promise<bigint> {
  const asked = { volumeCapabilities: [], parameters: {}, accessibleTopology: undefined };
  return (await client.call(controller.getCapacity, asked)).availableCapacity;
}

/** From create to the end of the erase, with everything that is asked in between. */
async function life(driver: TestDriver, name: string): Promise<void> {
  const { client } = driver;
  const { volumeId } = await driver.create(name, {
    capacityRange: { requiredBytes: 8n * MiB, limitBytes: 0n },
  });
  const stage = { volumeId, stagingTargetPath: staging, volumeCapability: mounted('ext4') };
  await client.call(node.nodeStageVolume, { ...stage, publishContext: {}, secrets: {}, volumeContext: {} });
  await client.call(node.nodePublishVolume, publishRequest(volumeId, target, stage));
  await client.call(node.nodeGetVolumeStats, { volumeId, volumePath: target, stagingTargetPath: staging });
  await client.call(csi.IdentityService.probe, {});
  const listed = (): Promise<number> =>
    client
      .call(controller.listVolumes, { maxEntries: 0, startingToken: '' })
      .then(({ entries }) => entries.length);
  expect(await listed()).toBe(1);
  await client.call(node.nodeUnpublishVolume, { volumeId, targetPath: target });
  await client.call(node.nodeUnstageVolume, { volumeId, stagingTargetPath: staging });
  const before = await available(driver);
  await client.call(controller.deleteVolume, { volumeId, secrets: {} });
  const isGone = async (): Promise<boolean> => (await available(driver)) === before + 8n * MiB;
  await waitUntil('the room of the volume', isGone, { clock: systemClock, deadlineMs: 60_000 });
}

test('the life of a logical volume takes two programs of LVM and seven in all, and what others change is seen', async () => {
  await using pmem = await PmemHost.create([{ bytes: 128 * 2 ** 20 }]);
  await mkdir(pmem.host.root.path(staging), { recursive: true });
  await using driver = await pmem.start();
  const room = await available(driver);
  expect(await programsDuring(pmem, () => life(driver, 'one'))).toEqual([
    ...['lvm lvcreate', 'mkfs.ext4', 'mount', 'mount', 'umount', 'umount', 'lvm lvremove'],
  ]);

  const runner = new SystemProcessRunner(systemClock);
  const lvm = new Lvm(new HostTools({ runner, root: pmem.host.root, entry: 'tree' }));
  const vg = 'ndbus0region0fsdax';
  await lvm.createSizedLv({ vg, name: 'by-hand', bytes: 16n * MiB, tags: [] });
  const seen = await programsDuring(pmem, async () => {
    expect(await available(driver)).toBe(room - 16n * MiB);
    expect(await available(driver)).toBe(room - 16n * MiB);
  });
  expect(seen).toEqual(['lvm fullreport']);
}, 120_000);
