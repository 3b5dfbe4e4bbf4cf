import { request } from 'node:http';
import { BlockList, isIP, type Socket } from 'node:net';
import { HwError } from '@rackwright/core';

/** A server on a port. */
export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

/**
 * The proxy that the environment names for a server, as gRPC's other
 * implementations find it: HTTPS_PROXY, but for what NO_PROXY lists (names with
 * the names below them, addresses, blocks of addresses, `*`).
 */
export function proxyFor({ host }: HostAndPort, env: NodeJS.ProcessEnv): URL | undefined {
  const url = env.HTTPS_PROXY || env.https_proxy || '';
  const direct = (env.NO_PROXY || env.no_proxy || '').split(',').map((entry) => entry.trim().toLowerCase());
  if (url === '' || direct.some((entry) => entry !== '' && covers(entry, host.toLowerCase())))
    return undefined;
  try {
    return new URL(url.includes('://') ? url : `http://${url}`);
  } catch (cause) {
    throw new HwError('InvalidArgument', 'HTTPS_PROXY is no URL', { field: 'HTTPS_PROXY', cause });
  }
}

function covers(entry: string, host: string): boolean {
  if (entry === '*' || entry === host) return true;
  const version = isIP(host);
  if (version === 0) return host.endsWith(entry.startsWith('.') ? entry : `.${entry}`);
  const [network = '', prefix] = entry.split('/');
  if (isIP(network) !== version || !/^\d{1,3}$/.test(prefix ?? '')) return false;
  const bits = Number(prefix);
  if (bits > (version === 4 ? 32 : 128)) return false;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  const block = new BlockList();
  block.addSubnet(network, bits, family);
  return block.check(host, family);
}

/**
 * A connection to a server through a proxy (CONNECT).
 *
 * @throws what connecting fails with, or what the proxy refuses with
 */
export function tunnel(proxy: URL, { host, port }: HostAndPort, signal: AbortSignal): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const path = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const { hostname, port: proxyPort } = proxy;
  const call = request({
    ...{ host: hostname.replace(/^\[|\]$/g, ''), port: proxyPort || 80, method: 'CONNECT', path },
    ...{ headers: { host: path, ...credentials(proxy) }, agent: false, signal },
  });
  call.on('error', reject);
  call.on('connect', ({ statusCode }, socket) => {
    if (statusCode === 200) return resolve(socket as Socket);
    socket.destroy();
    reject(new Error(`the proxy ${proxy.host} answers ${statusCode} for ${path}`));
  });
  call.end();
  return promise;
}

function credentials({ username, password }: URL): Record<string, string> {
  if (username === '') return {};
  const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(text).toString('base64')}` };
}
