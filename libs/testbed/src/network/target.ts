import { HwError } from '@rackwright/core';

/** What a client wants to be connected with. */
export interface Target {
  /** An IPv4 address or a name, in lower case. */
  readonly host: string;
  readonly port: number;
}

const longestName = 253;

/**
 * Reads the `host:port` of a CONNECT request.
 *
 * @param defaultPort for a text without one
 * @throws HwError InvalidArgument for anything else
 */
export function parseTarget(text: string, defaultPort?: number): Target {
  const match = /^([a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?)\.?(?::(\d{1,5}))?$/i.exec(text);
  const [, host = '', , digits] = match ?? [];
  const port = digits === undefined ? defaultPort : Number(digits);
  if (host === '' || host.length > longestName || host.includes('..')) throw invalid(text);
  if (port === undefined || port < 1 || port > 65_535) throw invalid(text);
  return { host: host.toLowerCase(), port };
}

function invalid(text: string): HwError {
  const shown = JSON.stringify(text.slice(0, 300));
  return new HwError('InvalidArgument', `${shown} is no host and port`);
}

/** `host:port` again. */
export function formatTarget({ host, port }: Target): string {
  return `${host}:${port}`;
}
