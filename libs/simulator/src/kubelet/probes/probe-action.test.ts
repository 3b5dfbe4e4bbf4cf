import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import type { Container, Probe } from '../pod-model.ts';
import type { ContainerRuntime } from '../runtime/container-runtime.ts';
import { type ProbeOutcome, runProbe } from './probe-action.ts';

let stack: AsyncDisposableStack;
let server: Server;
let port: number;
let seen: { url: string | undefined; agent: string | undefined; custom: unknown }[];

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  seen = [];
  server = createServer((request, response) => {
    seen.push({
      url: request.url,
      agent: request.headers['user-agent'],
      custom: request.headers['x-custom'],
    });
    if (request.url === '/slow') return;
    response.writeHead(Number(request.url?.slice(1)) || 200).end('body');
  });
  port = await listen(server);
});

afterEach(() => stack.disposeAsync());

async function listen(what: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<void>();
  what.listen(0, '127.0.0.1', resolve);
  await promise;
  stack.defer(() => {
    if ('closeAllConnections' in what) what.closeAllConnections();
    const closed = Promise.withResolvers<void>();
    what.close(() => closed.resolve());
    return closed.promise;
  });
  return (what.address() as AddressInfo).port;
}

function probe(what: Probe, change: Partial<Container> = {}): Promise<ProbeOutcome> {
  const runtime = {
    exec: (_id: string, argv: readonly string[]) =>
      Promise.resolve({ exitCode: argv[0] === 'true' ? 0 : 1, output: argv.join(' ') }),
  } as unknown as ContainerRuntime;
  const container: Container = { name: 'c', ports: [{ name: 'health', containerPort: port }], ...change };
  return runProbe(what, { container, containerId: 'id', host: '127.0.0.1', runtime, clock: systemClock });
}

test.each([
  [200, true],
  [302, true],
  [399, true],
  [404, false],
  [503, false],
])('HTTP status %d counts as %s', async (status, ok) => {
  expect((await probe({ httpGet: { port, path: `/${status}` } })).ok).toBe(ok);
});

test('the request is a kubelet’s, with the headers of the probe', async () => {
  await probe({
    httpGet: { port: 'health', path: 'x?y=1', httpHeaders: [{ name: 'X-Custom', value: 'v' }] },
  });
  expect(seen).toEqual([{ url: '/x?y=1', agent: 'kube-probe/1.36', custom: 'v' }]);
});

test('a slow answer, a closed port and an unknown port name are failures', async () => {
  expect(await probe({ httpGet: { port, path: '/slow' }, timeoutSeconds: 0.05 })).toMatchObject({
    ok: false,
  });
  expect(await probe({ httpGet: { port: 1 } })).toMatchObject({
    ok: false,
    message: expect.stringMatching(/ECONNREFUSED/),
  });
  expect(await probe({ httpGet: { port: 'nope' } })).toMatchObject({
    ok: false,
    message: expect.stringMatching(/no port named nope/),
  });
});

test('a TCP probe only connects', async () => {
  const open = await listen(createTcpServer());
  expect((await probe({ tcpSocket: { port: open } })).ok).toBe(true);
  expect((await probe({ tcpSocket: { port: 1 } })).ok).toBe(false);
});

test('a command counts by its exit code', async () => {
  expect(await probe({ exec: { command: ['true'] } })).toMatchObject({ ok: true });
  expect(await probe({ exec: { command: ['false', 'x'] } })).toEqual({ ok: false, message: 'false x' });
});

test('a probe nobody knows has failed', async () => {
  expect(await probe({ grpc: { port: 1 } })).toMatchObject({
    ok: false,
    message: expect.stringMatching(/does not know/),
  });
});
