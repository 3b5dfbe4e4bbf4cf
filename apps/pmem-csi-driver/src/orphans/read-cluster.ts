import { type KubeClient, type PersistentVolume, resources } from '@rackwright/kube';
import { homeOf } from '../registry/homes.ts';
import type { FoundPersistentVolume } from './compare.ts';

/** The PersistentVolumes of a driver on a node. */
export async function readPersistentVolumes(
  client: KubeClient,
  { driver, node }: { readonly driver: string; readonly node: string },
  signal: AbortSignal,
): Promise<FoundPersistentVolume[]> {
  const { items } = await client.list(resources.persistentVolumes, { signal });
  return items.flatMap((volume) => {
    const { csi, claimRef } = volume.spec ?? {};
    if (csi?.driver !== driver || !isOn(volume, `${driver}/node`, node)) return [];
    const claim = claimRef === undefined ? '' : `${claimRef.namespace}/${claimRef.name}`;
    return [{ name: volume.metadata?.name ?? '', handle: csi.volumeHandle, claim }];
  });
}

function isOn(volume: PersistentVolume, label: string, node: string): boolean {
  return homeOf(volume, label) === node;
}
