/** What a node of a cluster does. */
export type Role = 'proxy' | 'target';

/** Bits of a node's flags. */
export const nodeFlag = {
  nonElectable: 1,
  informationCenter: 2,
  maintenance: 4,
  decommission: 8,
  postRebalance: 16,
} as const;

const inactive = nodeFlag.maintenance | nodeFlag.decommission | nodeFlag.postRebalance;

/** One of the three addresses of a node. */
export interface NetInfo {
  readonly node_ip_addr: string;
  readonly daemon_port: string;
  readonly direct_url: string;
}

/** A node as the cluster map shows it. */
export interface SmapNode {
  readonly public_net: NetInfo;
  readonly intra_control_net: NetInfo;
  readonly intra_data_net: NetInfo;
  readonly daemon_type: Role;
  readonly daemon_id: string;
  readonly flags: number;
}

/** The cluster map. */
export interface Smap {
  readonly uuid: string;
  readonly version: number;
  readonly creationTime: string;
  readonly primary: string;
  readonly nodes: readonly SmapNode[];
}

/** How far the version jumps when the primary changes, so that maps of the old one lose. */
const primaryJump = 100;
/** As many proxies keep what runs in the cluster, the primary among them. */
const informationCenters = 3;

export function nodeOf(smap: Smap, id: string): SmapNode | undefined {
  return smap.nodes.find((node) => node.daemon_id === id);
}

export function nodesOf(smap: Smap, role: Role): readonly SmapNode[] {
  return smap.nodes.filter((node) => node.daemon_type === role);
}

/** Whether a node serves: neither in maintenance nor on its way out. */
export function isActive({ flags }: Pick<SmapNode, 'flags'>): boolean {
  return (flags & inactive) === 0;
}

export function activeTargets(smap: Smap): readonly SmapNode[] {
  return nodesOf(smap, 'target').filter(isActive);
}

/** Proxies that may become primary. */
export function electable(smap: Smap): readonly SmapNode[] {
  return nodesOf(smap, 'proxy').filter(
    (node) => isActive(node) && (node.flags & nodeFlag.nonElectable) === 0,
  );
}

/** A map of the primary alone. */
export function firstSmap(uuid: string, primary: SmapNode, creationTime: string): Smap {
  return settled({ uuid, version: 1, creationTime, primary: primary.daemon_id, nodes: [primary] });
}

/** A node joins, or joins again: whatever flags it had are gone. */
export function joined(smap: Smap, node: SmapNode): Smap {
  const others = smap.nodes.filter(({ daemon_id }) => daemon_id !== node.daemon_id);
  return changed(smap, [...others, { ...node, flags: node.flags & nodeFlag.nonElectable }]);
}

/** A node leaves; a map without it stays as it is. */
export function left(smap: Smap, id: string): Smap {
  if (nodeOf(smap, id) === undefined) return smap;
  return changed(
    smap,
    smap.nodes.filter((node) => node.daemon_id !== id),
  );
}

/** Sets and clears flags of a node. */
export function flagged(
  smap: Smap,
  id: string,
  { set = 0, clear = 0 }: { set?: number; clear?: number },
): Smap {
  const change = (node: SmapNode): SmapNode =>
    node.daemon_id === id ? { ...node, flags: (node.flags & ~clear) | set } : node;
  return changed(smap, smap.nodes.map(change));
}

/** Another proxy is primary; the one before stays or goes. */
export function withPrimary(smap: Smap, primary: string, gone?: string): Smap {
  const nodes = smap.nodes.filter(({ daemon_id }) => daemon_id !== gone);
  return settled({ ...smap, primary, nodes, version: smap.version + primaryJump });
}

function changed(smap: Smap, nodes: readonly SmapNode[]): Smap {
  return settled({ ...smap, nodes, version: smap.version + 1 });
}

/** The primary and the proxies that come first by id are information centers. */
function settled(smap: Smap): Smap {
  const byId = (a: SmapNode, b: SmapNode): number => (a.daemon_id < b.daemon_id ? -1 : 1);
  const others = electable(smap).filter(({ daemon_id }) => daemon_id !== smap.primary);
  const chosen = new Set([
    smap.primary,
    ...[...others]
      .sort(byId)
      .slice(0, informationCenters - 1)
      .map(({ daemon_id }) => daemon_id),
  ]);
  const nodes = smap.nodes.map((node) => {
    const bit = chosen.has(node.daemon_id) ? nodeFlag.informationCenter : 0;
    return { ...node, flags: (node.flags & ~nodeFlag.informationCenter) | bit };
  });
  return { ...smap, nodes };
}
