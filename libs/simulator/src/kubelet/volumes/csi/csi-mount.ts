import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HwError } from '@rackwright/core';
import { csi } from '@rackwright/csi';
import { HostFiles, makeFolder } from '@rackwright/host';
import { type Pod, podUid } from '../../pod-model.ts';
import { type CsiContext, checkDriver, podInfo, secretOf } from './csi-context.ts';
import { type CsiDriver, type NodeAbilities, nodeAbilities } from './csi-drivers.ts';
import { type CsiVolume, csiPaths } from './csi-paths.ts';
import { removeMountFolder } from './mount-folder.ts';
import { volumeCapability } from './volume-capability.ts';
import { loadVolumeData, publishedData, saveVolumeData, type VolumeData } from './volume-data.ts';
import { isFinal, volumeStep } from './volume-error.ts';

/** One volume that one pod is to get. */
export interface MountRequest {
  readonly pod: Pod;
  readonly volume: CsiVolume;
  readonly signal: AbortSignal;
}

/** A request with what is known of the driver. */
export interface DriverRequest extends MountRequest {
  readonly driver: CsiDriver;
  readonly abilities: NodeAbilities;
  readonly podInfo: boolean;
}

/**
 * Has a volume with a file system staged and published to a pod; done again it changes nothing.
 *
 * @returns where it is, as a path of this machine
 * @throws VolumeError
 */
export async function mountVolume(node: CsiContext, request: MountRequest): Promise<string> {
  const { pod, volume } = request;
  const target = csiPaths.target(podUid(pod), volume.name);
  if (volume.lifecycle === 'Persistent') {
    await volumeStep('MountVolume.MountDevice', volume.name, async () =>
      stage(node, await prepare(node, request)),
    );
  }
  return volumeStep('MountVolume.SetUp', volume.name, async () => {
    await publish(node, await prepare(node, request), target);
    return publishedAt(node, volume, target);
  });
}

/** Asks what the driver can do and is allowed to. */
export async function prepare(node: CsiContext, request: MountRequest): Promise<DriverRequest> {
  const driver = node.drivers.get(request.volume.driver);
  const info = await checkDriver(node, request.volume);
  return { ...request, ...info, driver, abilities: await nodeAbilities(driver, request.signal) };
}

async function stage(node: CsiContext, request: DriverRequest): Promise<void> {
  const { volume, driver, abilities, signal } = request;
  const { host } = node;
  const staging = csiPaths.staging(volume);
  await makeFolder(host.path(staging), { mode: 0o750 });
  if (!abilities.stages) return;
  const secrets = await secretOf(node, volume.secrets.stage);
  const data = { volumeHandle: volume.handle, driverName: volume.driver };
  await noted(node, staging, data, async () => {
    const message = stageRequest(request, staging, secrets);
    await driver.client.call(csi.NodeService.nodeStageVolume, message, { signal });
  });
}

/**
 * Writes down what a driver is about to do at a path, then has it done. If the
 * driver refuses what it was asked for the first time, the traces go again.
 */
async function noted(
  { host }: CsiContext,
  path: string,
  data: VolumeData,
  work: () => Promise<void>,
): Promise<void> {
  const folder = host.path(dirname(path));
  const isFirst = (await loadVolumeData(folder)) === undefined;
  await saveVolumeData(folder, data);
  try {
    await work();
  } catch (error) {
    if (isFirst && isFinal(error)) await removeMountFolder(host, path).catch(() => undefined);
    throw error;
  }
}

/** The request by which a driver makes a volume ready on the node. */
export function stageRequest(
  { volume, abilities }: DriverRequest,
  stagingTargetPath: string,
  secrets: Record<string, string>,
): csi.NodeStageVolumeRequest {
  return {
    volumeId: volume.handle,
    publishContext: {},
    stagingTargetPath,
    volumeCapability: volumeCapability(volume, abilities),
    secrets,
    volumeContext: { ...volume.attributes },
  };
}

async function publish(node: CsiContext, request: DriverRequest, target: string): Promise<void> {
  const { volume, driver, abilities, signal } = request;
  const staging = volume.lifecycle === 'Persistent' && abilities.stages ? csiPaths.staging(volume) : '';
  const secrets = await secretOf(node, volume.secrets.publish);
  await noted(node, target, publishedData(volume, node.nodeName), async () => {
    const message = publishRequest(request, { staging, target, secrets });
    await driver.client.call(csi.NodeService.nodePublishVolume, message, { signal });
  });
}

/** The request by which a driver gives a volume to a pod. */
export function publishRequest(
  { pod, volume, abilities, podInfo: wantsPod }: DriverRequest,
  at: { readonly staging: string; readonly target: string; readonly secrets: Record<string, string> },
): csi.NodePublishVolumeRequest {
  return {
    volumeId: volume.handle,
    publishContext: {},
    stagingTargetPath: at.staging,
    targetPath: at.target,
    volumeCapability: volumeCapability(volume, abilities),
    readonly: volume.readOnly,
    secrets: at.secrets,
    volumeContext: { ...volume.attributes, ...(wantsPod && podInfo(pod, volume)) },
  };
}

/**
 * What a driver has put at a path of the node, as a path of this machine. A link
 * there may be to a path of the node, or to one of this machine below the node's root.
 *
 * @throws HwError FailedPrecondition if there is nothing
 */
export async function publishedAt(
  { host }: CsiContext,
  { driver }: CsiVolume,
  target: string,
): Promise<string> {
  const real = await realpath(host.path(target)).catch(() => '');
  if (real.startsWith(`${await realpath(host.prefix)}/`)) return real;
  const onNode = new HostFiles(host).resolve(target);
  if (onNode !== undefined) return host.path(onNode);
  throw new HwError('FailedPrecondition', `driver ${driver} has published nothing at ${target}`);
}
