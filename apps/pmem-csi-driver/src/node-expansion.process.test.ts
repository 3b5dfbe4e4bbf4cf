import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { csi } from '@rackwright/csi';
import { mounted, publishRequest, TestDriver } from './testing/driver.ts';

const { controllerGetCapabilities, listVolumes } = csi.ControllerService;
const { nodeExpandVolume, nodePublishVolume, nodeStageVolume } = csi.NodeService;
const GiB = 2n ** 30n;

let driver: TestDriver;
let volumeId: string;
let target: string;
beforeEach(async () => {
  driver = await TestDriver.start(undefined, { nodeExpansion: true });
  ({ volumeId } = await driver.create('pvc-1'));
  const stagingTargetPath = join(driver.folder, 'staging');
  target = join(driver.folder, 'pods/volume');
  await driver.client.call(nodeStageVolume, {
    ...{ volumeId, stagingTargetPath, volumeCapability: mounted() },
    ...{ publishContext: {}, volumeContext: {}, secrets: {} },
  });
  await driver.client.call(nodePublishVolume, publishRequest(volumeId, target, { stagingTargetPath }));
});
afterEach(() => driver[Symbol.asyncDispose]());

const expand = (volumePath: string, requiredBytes: bigint, limitBytes = 0n) =>
  driver.client.call(nodeExpandVolume, {
    ...{ volumeId, volumePath, stagingTargetPath: '', volumeCapability: mounted(), secrets: {} },
    capacityRange: { requiredBytes, limitBytes },
  });

async function size(): Promise<bigint | undefined> {
  const { entries } = await driver.client.call(listVolumes, { startingToken: '', maxEntries: 0 });
  return entries[0]?.volume?.capacityBytes;
}

test('an external-resizer is told that the kubelet grows volumes, and it does', async () => {
  const { capabilities } = await driver.client.call(controllerGetCapabilities, {});
  const types = capabilities.map(({ type }) => type?.rpc.type);
  expect(types).not.toContain(csi.ControllerServiceCapability_RPC_Type.EXPAND_VOLUME);
  await expect(expand(target, 2n * GiB)).resolves.toEqual({ capacityBytes: 2n * GiB });
  expect(await size()).toBe(2n * GiB);
});

test('nothing grows for a path where the volume is not, or above the limit', async () => {
  await expect(expand(join(driver.folder, 'pods/other'), 2n * GiB)).rejects.toMatchObject({
    code: 'NotFound',
  });
  await expect(expand(target, 2n * GiB, GiB)).rejects.toMatchObject({ code: 'OutOfRange' });
  expect(await size()).toBe(GiB);
});

test('a volume for which there is no room stays as large as it is', async () => {
  await expect(expand(target, 2n ** 41n)).rejects.toMatchObject({ code: 'ResourceExhausted' });
  expect(await size()).toBe(GiB);
});
