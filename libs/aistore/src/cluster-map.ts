/** How AIStore numbers the flags of a node (core/meta/smap.go). */
const flagBits = { nonElectable: 1n, inMaintenance: 4n, decommissioning: 8n, postRebalance: 16n } as const;

/** What the cluster map says about the state of a node. */
export interface NodeFlags {
  readonly inMaintenance: boolean;
  /** Its data is being moved away, or was to be: the flag stays when the rebalance was aborted. */
  readonly decommissioning: boolean;
  /** In maintenance, and the rebalance that came with it is over. */
  readonly postRebalance: boolean;
  readonly nonElectable: boolean;
}

/** One of the networks on which a node listens. */
export interface NodeAddress {
  readonly host: string;
  readonly port: number;
  readonly url: string;
}

/** A proxy or a target as the cluster map has it. */
export interface AisNode {
  readonly id: string;
  readonly type: 'proxy' | 'target';
  readonly flags: NodeFlags;
  readonly publicNet: NodeAddress;
  readonly controlNet: NodeAddress;
  readonly dataNet: NodeAddress;
  readonly digest: bigint;
}

/** The cluster map (Smap): which nodes belong to the cluster, and which proxy is its primary. */
export interface ClusterMap {
  /** Given once, when the cluster is created. */
  readonly uuid: string;
  /** Grows with each change. */
  readonly version: bigint;
  /** Id of the primary, which is one of `proxies`. */
  readonly primary: string;
  readonly proxies: ReadonlyMap<string, AisNode>;
  readonly targets: ReadonlyMap<string, AisNode>;
}

/** The flags of a node from their number. */
export function nodeFlags(bits: bigint): NodeFlags {
  const has = (flag: keyof typeof flagBits): boolean => (bits & flagBits[flag]) !== 0n;
  return {
    inMaintenance: has('inMaintenance'),
    decommissioning: has('decommissioning'),
    postRebalance: has('postRebalance'),
    nonElectable: has('nonElectable'),
  };
}

/** True if the node takes part: it is neither in maintenance nor on its way out. */
export function isActive({ flags }: AisNode): boolean {
  return !flags.inMaintenance && !flags.decommissioning;
}

/**
 * The entries of the map that a pod stands for. The intra-cluster control host
 * of a node is the pod's name, or begins with it and a dot; a bare prefix does
 * not count, for `ais-target-1` is not `ais-target-10`. A pod that lost its
 * state comes back under a new id, so for a while there may be more than one.
 */
export function nodesOfPod(nodes: ReadonlyMap<string, AisNode>, podName: string): AisNode[] {
  return [...nodes.values()].filter(({ controlNet }) => isHostOfPod(controlNet.host, podName));
}

/** Whether a host name is that of a pod of a StatefulSet, short or with its domain. */
export function isHostOfPod(host: string, podName: string): boolean {
  return podName !== '' && (host === podName || host.startsWith(`${podName}.`));
}
