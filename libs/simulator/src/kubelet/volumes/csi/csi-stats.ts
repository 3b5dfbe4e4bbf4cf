import { csi } from '@rackwright/csi';
import type { CsiContext } from './csi-context.ts';
import { nodeAbilities } from './csi-drivers.ts';
import { csiPaths } from './csi-paths.ts';
import { names, targetIn } from './published.ts';
import { loadVolumeData } from './volume-data.ts';

/** What a driver says of a volume of a pod. */
export interface VolumeStats {
  /** Name of the PersistentVolume, or of an inline volume in its pod. */
  readonly name: string;
  /** Undefined unless the driver tells of conditions. */
  readonly condition: csi.VolumeCondition | undefined;
}

/**
 * Asks drivers how the mounted volumes of a pod are (metrics_csi.go of the kubelet). What a
 * driver does not answer, or answers without usage, is left out: the kubelet logs it only.
 */
export async function podVolumeStats(
  node: CsiContext,
  uid: string,
  signal: AbortSignal,
): Promise<readonly VolumeStats[]> {
  const all: VolumeStats[] = [];
  for (const name of await names(node.host.path(csiPaths.podVolumes(uid)))) {
    const stats = await volumeStats(node, { uid, name }, signal).catch(() => undefined);
    signal.throwIfAborted();
    if (stats !== undefined) all.push(stats);
  }
  return all;
}

async function volumeStats(
  { host, drivers }: CsiContext,
  { uid, name }: { readonly uid: string; readonly name: string },
  signal: AbortSignal,
): Promise<VolumeStats | undefined> {
  const data = await loadVolumeData(host.path(`${csiPaths.podVolumes(uid)}/${name}`));
  const driver = drivers.find(data?.driverName ?? '');
  if (data === undefined || driver === undefined) return undefined;
  const abilities = await nodeAbilities(driver, signal);
  if (!abilities.tellsStats) return undefined;
  const request = { volumeId: data.volumeHandle, volumePath: targetIn(uid, name), stagingTargetPath: '' };
  const answer = await driver.client.call(csi.NodeService.nodeGetVolumeStats, request, { signal });
  if (answer.usage.length === 0) return undefined;
  const condition = abilities.tellsConditions ? answer.volumeCondition : undefined;
  return { name: data.specVolID ?? name, condition };
}
