import { HwError } from '@rackwright/core';

/** Where a gRPC server listens. */
export type Endpoint =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

const unix = /^unix:(?:\/\/)?(\/(?!\/).*)$/;
const tcp = /^tcp:\/\/(\[[^\]]+\]|[^:/[\]]*):(\d{1,5})$/;

/**
 * Reads `unix:///path`, `unix:/path`, `/path` or `tcp://host:port`; an IPv6 address stands in brackets.
 *
 * @param field names the flag in the error
 * @throws HwError InvalidArgument
 */
export function parseEndpoint(text: string, field = 'endpoint'): Endpoint {
  const path = text.startsWith('/') ? text : unix.exec(text)?.[1];
  if (path !== undefined && !path.includes('\0') && !path.endsWith('/')) return { kind: 'unix', path };
  const [, host, port] = tcp.exec(text) ?? [];
  if (host !== undefined && Number(port) <= 65_535) {
    return { kind: 'tcp', host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
  }
  throw new HwError('InvalidArgument', `"${text}" is no endpoint`, {
    field,
    remedy: 'write unix:///path/of/socket or tcp://host:port',
  });
}

/** The endpoint as it is written in a flag. */
export function formatEndpoint(endpoint: Endpoint): string {
  if (endpoint.kind === 'unix') return `unix://${endpoint.path}`;
  const { host, port } = endpoint;
  return `tcp://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
