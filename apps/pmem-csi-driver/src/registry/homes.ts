import { errorMessage, HwError } from '@rackwright/core';
import { ignoreNotFound, type KubeClient, type PersistentVolume, resources } from '@rackwright/kube';
import type { Nodes } from './nodes.ts';

/** What is known of nodes beside what they tell themselves. */
export interface Homes {
  /** The nodes that may have a volume of which no node that has registered tells. */
  of(volumeId: string, signal: AbortSignal): Promise<readonly string[]>;
  /** Whether there is such a node, away or not. */
  exists(node: string, signal: AbortSignal): Promise<boolean>;
}

/** Of a volume context: the node the volume was made on. */
export const nodeKey = 'node';

/**
 * As the cluster tells: the node of the volume's PersistentVolume, else every
 * node that ever had the driver. A node that was taken out of the cluster has
 * taken its memory with it.
 */
export class ClusterHomes implements Homes {
  readonly #client: KubeClient;
  readonly #driver: string;
  readonly #label: string;

  constructor(client: KubeClient, driver: string) {
    this.#client = client;
    this.#driver = driver;
    this.#label = `${driver}/node`;
  }

  async of(volumeId: string, signal: AbortSignal): Promise<readonly string[]> {
    const known = (volume: PersistentVolume): boolean =>
      volume.spec?.csi?.driver === this.#driver && volume.spec.csi.volumeHandle === volumeId;
    const { items } = await this.#ask(() => this.#client.list(resources.persistentVolumes, { signal }));
    const own = items.find(known);
    const home = own === undefined ? undefined : homeOf(own, this.#label);
    if (home !== undefined) return (await this.exists(home, signal)) ? [home] : [];
    const selection = { labelSelector: this.#label, signal };
    const nodes = await this.#ask(() => this.#client.list(resources.nodes, selection));
    return nodes.items.flatMap(({ metadata }) => metadata?.labels?.[this.#label] ?? []);
  }

  async exists(node: string, signal: AbortSignal): Promise<boolean> {
    const get = this.#ask(() =>
      ignoreNotFound(this.#client.get(resources.nodes, { name: node }, { signal })),
    );
    return (await get) !== undefined;
  }

  async #ask<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      // Whatever it is, the call can be made again once it is over.
      throw new HwError('Unavailable', `the API server does not tell where it is: ${errorMessage(error)}`);
    }
  }
}

/** Outside of a cluster: every node that has registered so far. */
export function homesSeen(nodes: Nodes): Homes {
  return {
    of: async () => {
      const seen = nodes.list().map(({ id }) => id);
      if (seen.length > 0) return seen;
      throw new HwError('Unavailable', 'no node has registered yet');
    },
    exists: async () => true,
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
