import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Lifetime, systemClock } from '@rackwright/core';
import { ContainerRuntime } from '../runtime/container-runtime.ts';
import { ProcessGuard } from '../runtime/process-guard.ts';
import { SpdyClient } from '../testing/spdy-client.ts';
import { waitFor } from '../testing/wait-for.ts';
import { execRequest, serveExec } from './exec.ts';
import { servePortForward } from './port-forward.ts';
import type { Upgrade } from './streaming.ts';

let lifetime: Lifetime;
let folder: string;
let runtime: ContainerRuntime;
let id: string;

beforeEach(async () => {
  lifetime = new Lifetime();
  folder = await mkdtemp(join(tmpdir(), 'rwstream-'));
  lifetime.defer(() => rm(folder, { recursive: true, force: true }));
  const guard = lifetime.use(await ProcessGuard.start([]));
  runtime = lifetime.use(new ContainerRuntime({ clock: systemClock, guard }));
  const termination = { file: join(folder, 'end'), fallbackToLogs: false };
  const record = runtime.create({
    ...{ podUid: 'u', name: 'c', image: '', attempt: 0, folder, cwd: folder, termination },
    ...{ argv: ['/bin/sleep', '1000'], env: { PATH: process.env.PATH ?? '' }, logFile: join(folder, 'log') },
  });
  await runtime.start(record.id);
  id = record.id;
});

afterEach(() => lifetime[Symbol.asyncDispose]());

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  lifetime.defer(() => server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A server that only switches protocols. */
function switching(serve: (upgrade: Upgrade) => void): Promise<number> {
  const server = createServer();
  server.on('upgrade', (request, socket, head) => {
    lifetime.defer(() => socket.destroy());
    serve({ request, socket, head });
  });
  return listening(server);
}

const spdy = { Connection: 'Upgrade', Upgrade: 'SPDY/3.1' };
const execHeaders = { ...spdy, 'X-Stream-Protocol-Version': 'v5.channel.k8s.io, v4.channel.k8s.io' };
const forwardHeaders = { ...spdy, 'X-Stream-Protocol-Version': 'portforward.k8s.io' };

async function exec(
  script: string,
  extra = '',
): Promise<{ client: SpdyClient; ids: Record<string, number> }> {
  const query = new URLSearchParams(`output=1&error=1${extra}`);
  for (const word of ['/bin/sh', '-c', script]) query.append('command', word);
  const port = await switching((upgrade) => serveExec(upgrade, execRequest(id, query), runtime));
  const client = await SpdyClient.connect(port, '/exec/ns/p/c', execHeaders);
  lifetime.defer(() => client.socket.destroy());
  expect(client.head).toMatch(/^HTTP\/1\.1 101 .*X-Stream-Protocol-Version: v4\.channel\.k8s\.io\r\n/s);
  const ids: Record<string, number> = {};
  const types = ['error', ...(extra.includes('input') ? ['stdin'] : []), 'stdout', 'stderr'];
  for (const type of types) ids[type] = await client.open({ streamtype: type });
  return { client, ids };
}

function received(client: SpdyClient, stream: number | undefined): string {
  const found = client.streams.get(stream ?? 0);
  if (found?.ended !== true) throw new Error('the stream has not ended');
  return found.data;
}

test('a command writes to both streams and tells that it went well', async () => {
  const { client, ids } = await exec('echo out; echo err >&2');
  await waitFor(() => expect(JSON.parse(received(client, ids.error))).toMatchObject({ status: 'Success' }));
  expect(received(client, ids.stdout)).toBe('out\n');
  expect(received(client, ids.stderr)).toBe('err\n');
  await waitFor(() => expect(client.socket.readableEnded).toBe(true));
});

test('an exit code is told as kubectl reads it', async () => {
  const { client, ids } = await exec('exit 7');
  const details = { causes: [{ reason: 'ExitCode', message: '7' }] };
  await waitFor(() =>
    expect(JSON.parse(received(client, ids.error))).toMatchObject({ reason: 'NonZeroExitCode', details }),
  );
});

test('what is sent comes in, whole and to its end', async () => {
  const { client, ids } = await exec('cat', '&input=1');
  const text = 'x'.repeat(1_000_000);
  for (let at = 0; at < text.length; at += 50_000) client.send(ids.stdin ?? 0, text.slice(at, at + 50_000));
  client.send(ids.stdin ?? 0, '', true);
  await waitFor(() => expect(received(client, ids.stdout)).toHaveLength(text.length));
});

test('a program that does not exist is told in the status', async () => {
  const query = new URLSearchParams([
    ['command', '/no/such/program'],
    ['output', '1'],
  ]);
  const port = await switching((upgrade) => serveExec(upgrade, execRequest(id, query), runtime));
  const client = await SpdyClient.connect(port, '/exec/ns/p/c', execHeaders);
  lifetime.defer(() => client.socket.destroy());
  const error = await client.open({ streamtype: 'error' });
  await client.open({ streamtype: 'stdout' });
  const message = expect.stringContaining('cannot run /no/such/program');
  await waitFor(() => expect(JSON.parse(received(client, error))).toMatchObject({ message, code: 500 }));
});

test('a client that goes away takes its command along', async () => {
  const { client, ids } = await exec('echo $$; exec sleep 1000');
  const pid = await waitFor(() => {
    const text = client.streams.get(ids.stdout ?? 0)?.data ?? '';
    expect(text).toMatch(/^\d+\n$/);
    return Number(text);
  });
  client.socket.destroy();
  await waitFor(() => expect(() => process.kill(pid, 0)).toThrow(/ESRCH/));
});

test.each([
  ['another upgrade', { ...execHeaders, Upgrade: 'websocket' }, /^HTTP\/1\.1 400 .*only SPDY\/3\.1/s],
  ['another protocol', forwardHeaders, /^HTTP\/1\.1 403 .*portforward\.k8s\.io only v4\.channel\.k8s\.io/s],
  ['no protocol', spdy, /^HTTP\/1\.1 403 .*no protocol/s],
])('%s is refused', async (_, headers, answer) => {
  const port = await switching((upgrade) =>
    serveExec(upgrade, execRequest(id, new URLSearchParams()), runtime),
  );
  const client = await SpdyClient.connect(port, '/exec', headers);
  lifetime.defer(() => client.socket.destroy());
  expect(client.head).toMatch(answer);
});

test('a client that sends nonsense is cut off', async () => {
  const { client } = await exec('sleep 1000');
  client.socket.write('\u00ff\u00ff\u00ffnonsense nonsense nonsense');
  await waitFor(() => expect(client.socket.closed).toBe(true));
});

async function forward(): Promise<SpdyClient> {
  const target = { name: 'p', uid: 'u', address: '127.0.0.1' };
  const port = await switching((upgrade) => servePortForward(upgrade, target));
  const client = await SpdyClient.connect(port, '/portForward/ns/p', forwardHeaders);
  lifetime.defer(() => client.socket.destroy());
  return client;
}

test('connections to a port run side by side, and each ends by itself', async () => {
  const port = String(
    await listening(createTcpServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket))),
  );
  const client = await forward();
  const ids: number[] = [];
  for (const requestid of ['0', '1']) {
    await client.open({ streamtype: 'error', port, requestid });
    ids.push(await client.open({ streamtype: 'data', port, requestid }));
  }
  for (const stream of ids) client.send(stream, `hello ${stream}`, true);
  for (const stream of ids) await waitFor(() => expect(received(client, stream)).toBe(`hello ${stream}`));
});

test('a port where nobody listens is told on the error stream, and the next one works', async () => {
  const server = createTcpServer();
  const port = String(await listening(server));
  server.close();
  const client = await forward();
  const error = await client.open({ streamtype: 'error', port, requestid: '0' });
  const data = await client.open({ streamtype: 'data', port, requestid: '0' });
  const message = `error forwarding port ${port} to pod p, uid u: connect ECONNREFUSED`;
  await waitFor(() => expect(received(client, error)).toContain(message));
  await waitFor(() => received(client, data));
});

test.each([{ streamtype: 'data' }, { streamtype: 'data', port: '0' }, { streamtype: 'x', port: '80' }])(
  'a stream %j is reset',
  async (headers) => {
    const client = await forward();
    const stream = await client.open(headers as Record<string, string>);
    await waitFor(() => received(client, stream));
  },
);
