import { errorMessage, HwError } from '@rackwright/core';
import { ignoreNotFound, type KubeClient, type PersistentVolume, resources } from '@rackwright/kube';
import type { Nodes } from './nodes.ts';

/** The nodes that may have a volume of which no node that has registered tells. */
export type HomesOf = (volumeId: string, signal: AbortSignal) => Promise<readonly string[]>;

/** Of a volume context: the node the volume was made on. */
export const nodeKey = 'node';

/**
 * As the cluster tells: the node of the volume's PersistentVolume, else every
 * node that ever had the driver. A node that was taken out of the cluster has
 * taken its memory with it.
 */
export function homesInCluster(client: KubeClient, driver: string): HomesOf {
  const label = `${driver}/node`;
  return async (volumeId, signal) => {
    try {
      const { items } = await client.list(resources.persistentVolumes, { signal });
      const own = items.find(
        ({ spec }) => spec?.csi?.driver === driver && spec.csi.volumeHandle === volumeId,
      );
      const home = own === undefined ? undefined : homeOf(own, label);
      if (home !== undefined) {
        const node = await ignoreNotFound(client.get(resources.nodes, { name: home }, { signal }));
        return node === undefined ? [] : [home];
      }
      const nodes = await client.list(resources.nodes, { labelSelector: label, signal });
      return nodes.items.flatMap(({ metadata }) => metadata?.labels?.[label] ?? []);
    } catch (error) {
      throw new HwError('Unavailable', `the node of volume ${volumeId} cannot be found out`, {
        cause: new Error(errorMessage(error)),
      });
    }
  };
}

/** Outside of a cluster: every node that has registered so far. */
export function homesSeen(nodes: Nodes): HomesOf {
  return async () => {
    const seen = nodes.list().map(({ id }) => id);
    if (seen.length > 0) return seen;
    throw new HwError('Unavailable', 'no node has registered yet');
  };
}

interface NodeAffinity {
  readonly required?: {
    readonly nodeSelectorTerms?: readonly {
      readonly matchExpressions?: readonly { readonly key?: string; readonly values?: readonly string[] }[];
    }[];
  };
}

/** Ours say it in their context, older ones by where they can be used. */
export function homeOf({ spec }: PersistentVolume, label: string): string | undefined {
  const said = spec?.csi?.volumeAttributes?.[nodeKey];
  if (said !== undefined) return said;
  const { required } = (spec?.nodeAffinity ?? {}) as NodeAffinity;
  const places = required?.nodeSelectorTerms?.flatMap(({ matchExpressions = [] }) => matchExpressions) ?? [];
  return places.find(({ key }) => key === label)?.values?.[0];
}
