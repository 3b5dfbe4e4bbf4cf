import { dirname, join } from 'node:path';
import { HwError } from '@rackwright/core';
import { csi } from '@rackwright/csi';
import type { CsiContext } from './csi-context.ts';
import { nodeAbilities } from './csi-drivers.ts';
import { csiPaths } from './csi-paths.ts';
import { isMounted, removeMountFolder, removeOne } from './mount-folder.ts';
import { mappedTo, names, publishedTo } from './published.ts';
import { loadVolumeData, type VolumeData } from './volume-data.ts';

/** What is to be taken from a pod. */
export interface UnmountRequest {
  readonly uid: string;
  /** Name of the folder or link below the pod's. */
  readonly name: string;
  readonly data: VolumeData;
  readonly signal: AbortSignal;
}

/**
 * Has a volume with a file system taken from a pod, and from the node if no
 * other pod has it. The pod's traces go last, so that it can be done again.
 */
export async function unmountVolume(
  node: CsiContext,
  { uid, name, data, signal }: UnmountRequest,
): Promise<void> {
  const { host, drivers } = node;
  const target = join(csiPaths.podVolumes(uid), name, 'mount');
  const { client } = drivers.get(data.driverName);
  const message = { volumeId: data.volumeHandle, targetPath: target };
  await client.call(csi.NodeService.nodeUnpublishVolume, message, { signal });
  const others = (await publishedTo(host, data)).filter((other) => other !== uid);
  if (data.volumeLifecycleMode !== 'Ephemeral' && others.length === 0) await unstage(node, data, signal);
  if (!(await removeMountFolder(host, target))) {
    throw new HwError('FailedPrecondition', `driver ${data.driverName} has left ${target} mounted`);
  }
}

async function unstage(node: CsiContext, data: VolumeData, signal: AbortSignal): Promise<void> {
  const driver = node.drivers.get(data.driverName);
  const staging = csiPaths.staging({ driver: data.driverName, handle: data.volumeHandle });
  const staged = await loadVolumeData(node.host.path(dirname(staging)));
  if (staged !== undefined && (await nodeAbilities(driver, signal)).stages) {
    const message = { volumeId: data.volumeHandle, stagingTargetPath: staging };
    await driver.client.call(csi.NodeService.nodeUnstageVolume, message, { signal });
  }
  if (isMounted(node.host, staging)) {
    throw new HwError('FailedPrecondition', `driver ${data.driverName} has left ${staging} mounted`);
  }
  await removeMountFolder(node.host, staging);
}

/** The same for a raw block volume. */
export async function unmapVolume(
  node: CsiContext,
  { uid, name, data, signal }: UnmountRequest,
): Promise<void> {
  const { host, drivers } = node;
  const target = join(csiPaths.blockPublish(name), uid);
  const { client } = drivers.get(data.driverName);
  const message = { volumeId: data.volumeHandle, targetPath: target };
  await client.call(csi.NodeService.nodeUnpublishVolume, message, { signal });
  const others = (await mappedTo(host, name)).filter((other) => other !== uid);
  if (others.length === 0) await unstageDevice(node, name, data, signal);
  await removeOne(host.path(join(csiPaths.podDevices(uid), name)));
}

async function unstageDevice(
  { host, drivers }: CsiContext,
  name: string,
  data: VolumeData,
  signal: AbortSignal,
): Promise<void> {
  const driver = drivers.get(data.driverName);
  const staging = csiPaths.blockStaging(name);
  const isStaged = (await names(dirname(host.path(staging)))).includes(name);
  if (isStaged && (await nodeAbilities(driver, signal)).stages) {
    const message = { volumeId: data.volumeHandle, stagingTargetPath: staging };
    await driver.client.call(csi.NodeService.nodeUnstageVolume, message, { signal });
  }
  await removeOne(host.path(csiPaths.blockPublish(name)));
  await removeOne(host.path(staging));
  // Removes the data file and its folder too.
  await removeMountFolder(host, join(csiPaths.blockData(name), 'device'));
  await removeOne(host.path(dirname(csiPaths.blockData(name))));
}
