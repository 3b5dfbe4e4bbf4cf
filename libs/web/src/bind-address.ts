import { HwError } from '@rackwright/core';

/** Where a server listens. */
export interface BindAddress {
  /** All interfaces when absent. */
  readonly host?: string;
  readonly port: number;
}

/**
 * Reads an address as Go's net package writes it: `:8081`, `127.0.0.1:8081`,
 * `[::1]:8081`. `0` and the empty text mean not to listen.
 *
 * @param flag names the input in the error
 * @throws HwError InvalidArgument if the text is no such address
 */
export function parseBindAddress(text: string, flag: string): BindAddress | undefined {
  if (text === '' || text === '0') return undefined;
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new HwError('InvalidArgument', `--${flag}: ${JSON.stringify(text.slice(0, 128))} is no address`, {
      field: `--${flag}`,
      remedy: 'write it like :8081 or 127.0.0.1:8081, or 0 to serve nothing',
    });
  }
  const host = match[1] ?? match[2] ?? '';
  return host === '' ? { port } : { host, port };
}
