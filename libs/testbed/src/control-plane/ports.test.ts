import { createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { freePorts } from './ports.ts';

test('the ports are different, free, and not among those clients get', async () => {
  const ports = await freePorts(20);
  expect(new Set(ports).size).toBe(20);
  const servers = ports.map((port) => createServer().listen({ port, host: '127.0.0.1', exclusive: true }));
  for (const server of servers) {
    if (!server.listening)
      await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject));
    server.close();
  }
  expect(Math.min(...ports)).toBeGreaterThan(1023);
  expect(Math.max(...ports)).toBeLessThan(30_000);
});
