import { at, isObject, type Json, parseObject, textAt } from '../process/json.ts';
import { digest64 } from './placement.ts';
import { nodeOf, type Role, type Smap, type SmapNode } from './smap.ts';

/** The cluster map as AIStore writes it: `id_digest` is a number of 64 bits, which only text can hold. */
export function smapText(smap: Smap): string {
  const byRole = (role: Role): Record<string, unknown> =>
    Object.fromEntries(
      smap.nodes
        .filter((node) => node.daemon_type === role)
        .map((node) => [node.daemon_id, withDigest(node)]),
    );
  const primary = nodeOf(smap, smap.primary);
  const text = JSON.stringify({
    pmap: byRole('proxy'),
    tmap: byRole('target'),
    proxy_si: primary === undefined ? null : withDigest(primary),
    uuid: smap.uuid,
    creation_time: smap.creationTime,
    version: String(smap.version),
  });
  return text.replace(/"id_digest":"(\d+)"/g, '"id_digest":$1');
}

function withDigest(node: SmapNode): SmapNode & { readonly id_digest: string } {
  return { ...node, id_digest: String(digest64(node.daemon_id)) };
}

/** Reads what `smapText` wrote; undefined for anything else. */
export function parseSmap(text: string): Smap | undefined {
  const value = parseObject(text);
  if (value === undefined || !/^\d{1,15}$/.test(textAt(value, 'version'))) return undefined;
  const nodes = ['pmap', 'tmap'].flatMap((map) => {
    const found = at(value, map);
    return isObject(found) ? Object.values(found).flatMap((node) => parseNode(node) ?? []) : [];
  });
  return {
    uuid: textAt(value, 'uuid'),
    version: Number(textAt(value, 'version')),
    creationTime: textAt(value, 'creation_time'),
    primary: textAt(value, 'proxy_si', 'daemon_id'),
    nodes,
  };
}

/** Reads one node; undefined for anything else. */
export function parseNode(value: Json | undefined): SmapNode | undefined {
  const role = textAt(value, 'daemon_type');
  const id = textAt(value, 'daemon_id');
  const flags = at(value, 'flags');
  if ((role !== 'proxy' && role !== 'target') || id === '' || typeof flags !== 'number') return undefined;
  const net = (name: string): SmapNode['public_net'] => ({
    node_ip_addr: textAt(value, name, 'node_ip_addr'),
    daemon_port: textAt(value, name, 'daemon_port'),
    direct_url: textAt(value, name, 'direct_url'),
  });
  return {
    public_net: net('public_net'),
    intra_control_net: net('intra_control_net'),
    intra_data_net: net('intra_data_net'),
    ...{ daemon_type: role, daemon_id: id, flags },
  };
}
