import type { AisNode, ClusterMap, NodeAddress } from './cluster-map.ts';
import { nodeFlags } from './cluster-map.ts';
import { AisError, malformed } from './error.ts';
import { isJsonObject, type JsonObject, type JsonValue } from './json.ts';

/** More nodes than any cluster has; a map beyond is refused. */
export const maxNodes = 10_000;

/** Longest id, host name or URL. */
const maxText = 2_048;

/** What is wrong with a cluster map: the field and what it should be. */
export class ClusterMapProblem extends Error {
  /** The node that answered is starting and has no whole map yet. */
  readonly isStarting: boolean;

  constructor(message: string, isStarting = false) {
    super(message);
    this.isStarting = isStarting;
  }

  /** The error for the call that brought the map. */
  forCall(what: string): AisError {
    if (!this.isStarting) return malformed(what, this.message);
    return new AisError('Unavailable', `${what}: ${this.message}`, { reason: 'NotReady' });
  }
}

/**
 * Reads a cluster map as `GET /v1/daemon?what=smap` answers it. Whole or not at
 * all: a map from which a node were missing could make a caller believe that
 * the node has left.
 *
 * @throws ClusterMapProblem naming the first field that makes no sense
 */
export function parseClusterMap(value: JsonValue): ClusterMap {
  if (!isJsonObject(value)) throw new ClusterMapProblem('the cluster map is not an object');
  const proxies = readNodes(value.pmap, 'pmap', 'proxy');
  const targets = readNodes(value.tmap, 'tmap', 'target');
  const version = readWhole(value.version, 'version');
  const uuid = value.uuid;
  if (uuid === undefined || uuid === '' || value.proxy_si === undefined || value.proxy_si === null) {
    throw new ClusterMapProblem('the cluster map has no uuid or no primary yet', true);
  }
  const primary = readText(readObject(value.proxy_si, 'proxy_si').daemon_id, 'proxy_si.daemon_id');
  if (!proxies.has(primary)) throw new ClusterMapProblem(`proxy_si: ${shown(primary)} is not in pmap`);
  return { uuid: readText(uuid, 'uuid'), version, primary, proxies, targets };
}

function readNodes(value: JsonValue | undefined, field: string, type: AisNode['type']): Map<string, AisNode> {
  // Go writes an empty map that was never made as null.
  const entries = value === null ? [] : Object.entries(readObject(value, field));
  if (entries.length > maxNodes)
    throw new ClusterMapProblem(`${field} has ${entries.length} nodes, more than ${maxNodes}`);
  return new Map(entries.map(([id, node]) => [id, readNode(id, node, `${field}.${shown(id)}`, type)]));
}

function readNode(id: string, value: JsonValue | undefined, field: string, type: AisNode['type']): AisNode {
  const node = readObject(value, field);
  if (id === '' || node.daemon_id !== id) throw new ClusterMapProblem(`${field}.daemon_id is not its key`);
  if (node.daemon_type !== type)
    throw new ClusterMapProblem(`${field}.daemon_type is ${shown(node.daemon_type)}, not ${type}`);
  return {
    ...{ id, type },
    flags: nodeFlags(readWhole(node.flags, `${field}.flags`)),
    publicNet: readAddress(node.public_net, `${field}.public_net`),
    controlNet: readAddress(node.intra_control_net, `${field}.intra_control_net`),
    dataNet: readAddress(node.intra_data_net, `${field}.intra_data_net`),
    digest: readWhole(node.id_digest, `${field}.id_digest`),
  };
}

function readAddress(value: JsonValue | undefined, field: string): NodeAddress {
  const net = readObject(value, field);
  // A network that a node does not have is written with empty texts.
  const port = net.daemon_port === '' ? 0n : readWhole(net.daemon_port, `${field}.daemon_port`);
  if (port > 65_535n) throw new ClusterMapProblem(`${field}.daemon_port: ${port} is no port`);
  return {
    host: readText(net.node_ip_addr, `${field}.node_ip_addr`, 0),
    port: Number(port),
    url: readText(net.direct_url, `${field}.direct_url`, 0),
  };
}

function readObject(value: JsonValue | undefined, field: string): JsonObject {
  if (!isJsonObject(value)) throw new ClusterMapProblem(`${field} is not an object`);
  return value;
}

function readText(value: JsonValue | undefined, field: string, minLength = 1): string {
  if (typeof value !== 'string' || value.length < minLength || value.length > maxText)
    throw new ClusterMapProblem(`${field}: ${shown(value)} is not a text`);
  return value;
}

/** A whole number from 0 to 2^64-1, written as one or as a text of digits. */
function readWhole(value: JsonValue | undefined, field: string): bigint {
  const digits = typeof value === 'number' || typeof value === 'bigint' ? String(value) : value;
  if (typeof digits !== 'string' || !/^\d{1,20}$/.test(digits) || BigInt(digits) >= 2n ** 64n)
    throw new ClusterMapProblem(`${field}: ${shown(value)} is not a whole number`);
  return BigInt(digits);
}

/** The start of a value, for messages. */
function shown(value: JsonValue | undefined): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'object' && value !== null ? 'an object' : `"${String(value).slice(0, 64)}"`;
}
