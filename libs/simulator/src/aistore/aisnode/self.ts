import { randomBytes } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { ListenAddress } from '../process/http-server.ts';
import { FatalError, ownAddress, type Program } from '../process/program.ts';
import type { LocalConfig } from './local-config.ts';
import { type NetInfo, nodeFlag, type Role, type SmapNode } from './smap.ts';

/** What decides how a node shows itself. */
export interface SelfOptions {
  readonly id: string;
  readonly role: Role;
  readonly local: LocalConfig;
  readonly isSecure: boolean;
  readonly nonElectable: boolean;
}

/** This node as the cluster map will show it. */
export function ownNode(
  program: Program,
  { id, role, local, isSecure, nonElectable }: SelfOptions,
): SmapNode {
  const net = (hostnames: string, port: number): NetInfo => {
    // Of a node with several the first one counts.
    const host = hostnames.split(',')[0]?.trim() || discoveredAddress(program);
    const url = `${isSecure ? 'https' : 'http'}://${host}:${port}`;
    return { node_ip_addr: host, daemon_port: String(port), direct_url: url };
  };
  return {
    public_net: net(local.hostname, local.port),
    intra_control_net: net(local.controlHostname || local.hostname, local.controlPort),
    intra_data_net: net(local.dataHostname || local.hostname, local.dataPort),
    ...{ daemon_type: role, daemon_id: id, flags: nonElectable ? nodeFlag.nonElectable : 0 },
  };
}

/** A new id: eight letters and digits, as AIStore makes them. */
export function newId(role: Role): string {
  const text = randomBytes(12).toString('base64').replace(/[+/=]/g, '');
  return `${role.charAt(0)}${text}aaaaaaa`.slice(0, 8);
}

/** Where the servers listen: on a simulated node the pod's address, else as the node's hostnames say. */
export function listenAddresses(program: Program, local: LocalConfig): ListenAddress[] {
  const own = ownAddress(program);
  const address = (hostname: string, port: number): ListenAddress => {
    const host = own ?? (isIPv4(hostname) && hostname.startsWith('127.') ? hostname : undefined);
    return { port, ...(host !== undefined && { host }) };
  };
  const wanted = [
    address(local.hostname, local.port),
    address(local.controlHostname || local.hostname, local.controlPort),
    address(local.dataHostname || local.hostname, local.dataPort),
  ];
  const seen = new Set<string>();
  return wanted.filter(({ host, port }) => {
    const key = `${host}:${port}`;
    return !seen.has(key) && seen.add(key);
  });
}

/** @throws FatalError on a machine without a network */
function discoveredAddress(program: Program): string {
  const own = ownAddress(program);
  if (own !== undefined) return own;
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const found = all.find(({ family, internal }) => family === 'IPv4' && !internal);
  if (found === undefined) throw new FatalError('failed to find local IPv4 address');
  return found.address;
}
