import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { csi } from '@rackwright/csi';
import { makeFolder } from '@rackwright/host';
import { podUid } from '../../pod-model.ts';
import { type CsiContext, secretOf } from './csi-context.ts';
import {
  type DriverRequest,
  type MountRequest,
  prepare,
  publishedAt,
  publishRequest,
  stageRequest,
} from './csi-mount.ts';
import { csiPaths } from './csi-paths.ts';
import { removeOne } from './mount-folder.ts';
import { publishedData, saveVolumeData } from './volume-data.ts';
import { isFinal, volumeStep } from './volume-error.ts';

/**
 * Has a raw block volume staged and published to a pod; done again it changes nothing.
 *
 * @returns where the device is, as a path of this machine
 * @throws VolumeError
 */
export async function mapVolume(node: CsiContext, request: MountRequest): Promise<string> {
  const { pod, volume } = request;
  const { host } = node;
  const target = join(csiPaths.blockPublish(volume.name), podUid(pod));
  await volumeStep('MapVolume.SetUpDevice', volume.name, async () => {
    await saveVolumeData(host.path(csiPaths.blockData(volume.name)), publishedData(volume, node.nodeName));
    await stage(node, await prepare(node, request));
  });
  return volumeStep('MapVolume.MapPodDevice', volume.name, async () => {
    const link = host.path(join(csiPaths.podDevices(podUid(pod)), volume.name));
    await makeFolder(host.path(csiPaths.podDevices(podUid(pod))), { mode: 0o750 });
    // Before the driver is asked: by it the volume is found again.
    await removeOne(link);
    await symlink(target, link);
    await publish(node, await prepare(node, request), target);
    return publishedAt(node, volume, target);
  });
}

async function stage(node: CsiContext, request: DriverRequest): Promise<void> {
  const { volume, driver, abilities, signal } = request;
  if (!abilities.stages) return;
  const staging = csiPaths.blockStaging(volume.name);
  await makeFolder(node.host.path(staging), { mode: 0o750 });
  const secrets = await secretOf(node, volume.secrets.stage);
  try {
    await driver.client.call(csi.NodeService.nodeStageVolume, stageRequest(request, staging, secrets), {
      signal,
    });
  } catch (error) {
    if (isFinal(error)) await removeOne(node.host.path(staging));
    throw error;
  }
}

async function publish(node: CsiContext, request: DriverRequest, target: string): Promise<void> {
  const { volume, driver, signal } = request;
  await makeFolder(node.host.path(csiPaths.blockPublish(volume.name)), { mode: 0o750 });
  const secrets = await secretOf(node, volume.secrets.publish);
  const staging = csiPaths.blockStaging(volume.name);
  await driver.client.call(
    csi.NodeService.nodePublishVolume,
    publishRequest(request, { staging, target, secrets }),
    {
      signal,
    },
  );
}
