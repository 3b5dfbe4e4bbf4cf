import type { JsonObject } from '../json.ts';

/** What a node of a cluster map is made of. */
export interface SampleNode {
  readonly id: string;
  readonly type: 'proxy' | 'target';
  readonly host: string;
  readonly flags?: number;
}

/** A node as AIStore writes it. */
export function sampleNode({ id, type, host, flags = 0 }: SampleNode): JsonObject {
  const net = (port: string): JsonObject => ({
    node_ip_addr: host,
    daemon_port: port,
    direct_url: `http://${host}:${port}`,
  });
  return {
    public_net: net('51080'),
    intra_data_net: net('51083'),
    intra_control_net: net('51082'),
    daemon_type: type,
    daemon_id: id,
    flags,
    id_digest: 17_295_148_362_391_742_161n,
  };
}

/** A cluster map as AIStore writes it, whose first proxy is the primary. */
export function sampleMap(nodes: readonly SampleNode[], uuid = 'Kx3f9PqLm'): JsonObject {
  const ofType = (type: SampleNode['type']): [string, JsonObject][] =>
    nodes.filter((node) => node.type === type).map((node) => [node.id, sampleNode(node)]);
  const [primary] = ofType('proxy');
  return {
    pmap: Object.fromEntries(ofType('proxy')),
    proxy_si: primary?.[1] ?? null,
    tmap: Object.fromEntries(ofType('target')),
    uuid,
    creation_time: '2026-08-21 10:00:00',
    version: '9007199254740993',
  };
}

/** One proxy, and a target for each number up to `targets`. */
export function smallCluster(targets: number): SampleNode[] {
  const host = (role: string, i: number): string => `ais-${role}-${i}.ais-${role}.ns.svc.cluster.local`;
  return [
    { id: 'proxyA', type: 'proxy', host: host('proxy', 0) },
    ...Array.from({ length: targets }, (_, i) => ({
      ...{ id: `target${i}`, type: 'target' as const, host: host('target', i) },
    })),
  ];
}
