import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { HwError } from '@rackwright/core';

/**
 * Ports below every common range of ports handed out to outgoing connections:
 * a client that keeps dialling a stopped API server in that range can end up
 * connected to itself and hold the port.
 */
const first = 20_000;
const last = 29_999;

/**
 * `count` different loopback ports that nobody listens on right now. Another
 * process may still take one before it is used: retry on "address already in use".
 */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  for (let tries = 0; found.size < count; tries++) {
    if (tries > 1000) throw new HwError('ResourceExhausted', `no free loopback port in ${first}-${last}`);
    const port = randomInt(first, last + 1);
    if (!found.has(port) && (await isFree(port))) found.add(port);
  }
  return [...found];
}

/** One such port. */
export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}

function isFree(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const server = createServer();
  server.once('error', () => resolve(false));
  server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  return promise;
}
