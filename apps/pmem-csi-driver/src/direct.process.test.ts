import { mkdir } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { csi } from '@rackwright/csi';
import { waitUntil } from '@rackwright/testbed/without-nodes';
import { mounted } from './testing/driver.ts';
import { PmemHost } from './testing/pmem-host.ts';

const { ControllerService: controller, IdentityService: identity, NodeService: node } = csi;
const MiB = 2n ** 20n;

test('in mode direct a volume is a namespace of its own: fsdax with dax, or sector for files; others stay as they are', async () => {
  const foreign = { bytes: 64 * 2 ** 20, name: 'theirs', uuid: '8c4eb717-734f-4653-b91a-debbcdddfded' };
  await using pmem = await PmemHost.create([{ bytes: 512 * 2 ** 20, namespaces: [foreign] }]);
  const before = pmem.region('region0').namespaces;
  await using driver = await pmem.start({ deviceManager: 'direct', pmemPercentage: 50 });
  const { client } = driver;
  const capacity = async () => {
    const asked = { volumeCapabilities: [], parameters: {}, accessibleTopology: undefined };
    return (await client.call(controller.getCapacity, asked)).availableCapacity;
  };
  expect(await capacity()).toBe(256n * MiB);
  const stagingTargetPath = '/var/lib/kubelet/staging';
  await mkdir(pmem.host.root.path(stagingTargetPath), { recursive: true });
  for (const [usage, mode, device] of [
    ['AppDirect', 'fsdax', 'pmem0.1'],
    ['FileIO', 'sector', 'pmem0.1s'],
  ] as const) {
    const { volumeId, capacityBytes, volumeContext } = await driver.create(mode, {
      capacityRange: { requiredBytes: 17n * MiB, limitBytes: 0n },
      parameters: { usage },
    });
    expect(capacityBytes).toBe(32n * MiB);
    expect(await capacity()).toBe(224n * MiB);
    expect(pmem.region('region0').namespaces[1]).toMatchObject({ name: volumeId, mode, bytes: 32 * 2 ** 20 });
    const stage = { ...{ volumeId, volumeContext, stagingTargetPath }, publishContext: {}, secrets: {} };
    await client.call(node.nodeStageVolume, { ...stage, volumeCapability: mounted('ext4') });
    const found = await pmem.mountAt(stagingTargetPath);
    expect([found?.source, found?.superOptions.includes('dax=always')]).toEqual([
      `/dev/${device}`,
      usage === 'AppDirect',
    ]);
    await expect(client.call(controller.deleteVolume, { volumeId, secrets: {} })).rejects.toThrow('in use');
    await client.call(node.nodeUnstageVolume, { volumeId, stagingTargetPath });
    await client.call(controller.deleteVolume, { volumeId, secrets: {} });
    // It is erased in the background.
    const isGone = () => pmem.region('region0').namespaces.length === before.length;
    await waitUntil('the namespace to go', isGone, { clock: systemClock, deadlineMs: 60_000 });
    expect(pmem.region('region0').namespaces).toEqual(before);
  }
  const large = { capacityRange: { requiredBytes: 257n * MiB, limitBytes: 0n } };
  await expect(driver.create('large', large)).rejects.toThrow('at most 268435456 are free in one piece');
  // A namespace keeps something for itself, and mkfs.xfs would refuse the rest.
  const xfs = { volumeCapabilities: [mounted('xfs')], parameters: { usage: 'AppDirect' } };
  await expect(
    driver.create('xfs', { ...xfs, capacityRange: { requiredBytes: 300n * MiB, limitBytes: 0n } }),
  ).rejects.toThrow('xfs needs 314572800 bytes');
  const { capabilities } = await client.call(controller.controllerGetCapabilities, {});
  const types = capabilities.map(({ type }) => (type?.$case === 'rpc' ? type.rpc.type : undefined));
  expect(types).not.toContain(csi.ControllerServiceCapability_RPC_Type.EXPAND_VOLUME);
  expect((await client.call(identity.getPluginCapabilities, {})).capabilities).toHaveLength(2);
}, 120_000);
