import { once } from 'node:events';
import { type ClientHttp2Session, connect } from 'node:http2';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { type ClientReadableStream, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Latest, silentLogger, systemClock } from '@rackwright/core';
import { type ConnectionLimits, defaultLimits } from '@rackwright/grpc';
import { AllocateQueue } from './allocate-queue.ts';
import { DevicePluginClient, type ListAndWatchResponse } from './gen/deviceplugin/v1beta1/api.ts';
import type { Device } from './hardware-profile.ts';
import { noPluginMetrics } from './metrics/plugin-metrics.ts';
import { ResourceServer } from './resource-server.ts';
import { socketFolder } from './testing/index.ts';

const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
/** An empty settings frame of HTTP/2. */
const settings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);

let stack: AsyncDisposableStack;
let path: string;
const devices = new Latest<readonly Device[]>([]);
beforeEach(() => {
  stack = new AsyncDisposableStack();
  devices.set([{ ids: ['a'], healthy: true, numaNodes: [] }]);
});
afterEach(() => stack.disposeAsync());

/** One resource's server, patient with everything but what the test is about. */
async function serve(limits: Partial<ConnectionLimits> = {}): Promise<ResourceServer> {
  const { path: folder } = stack.use(socketFolder());
  const profile = { resource: 'hpe.com/cxi', devices, allocate: () => [] };
  const server = await ResourceServer.listen({
    ...{ profile, folder, socket: 'a.sock', clock: systemClock },
    ...{
      logger: silentLogger,
      metrics: noPluginMetrics,
      queue: new AllocateQueue(systemClock),
      limits: { ...defaultLimits, ...limits },
    },
  });
  stack.defer(() => server.close());
  path = join(folder, 'a.sock');
  return server;
}

/** A bare connection; what the server says on it is read and dropped. */
async function open(...words: readonly (string | Buffer)[]): Promise<Socket> {
  const socket = createConnection(path);
  stack.defer(() => void socket.destroy());
  socket.on('error', () => undefined).resume();
  await once(socket, 'connect');
  for (const word of words) socket.write(word);
  return socket;
}

function session(): ClientHttp2Session {
  const made = connect('http://localhost', { createConnection: () => createConnection(path) });
  stack.defer(() => made.destroy());
  return made.on('error', () => undefined);
}

/** A kubelet's stream, after its first list. */
async function listen(): Promise<ClientReadableStream<ListAndWatchResponse>> {
  const client = new DevicePluginClient(`unix:${path}`, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
  });
  stack.defer(() => client.close());
  const stream = client.listAndWatch({}).on('error', () => undefined);
  await once(stream, 'data');
  return stream;
}

test.each([
  ['says nothing', []],
  ['sends half of the preface', [preface.slice(0, 12)]],
  ['sends the preface and nothing after it', [preface]],
])('a client that %s is closed after a time', async (_, words) => {
  await serve({ greetingMs: 50 });
  const socket = await open(...words);
  await once(socket, 'close');
});

test('a client that greets and answers no ping is closed after a time', async () => {
  await serve({ pingMs: 50, pongMs: 50 });
  const socket = await open(preface, settings);
  await once(socket, 'close');
});

test('a connection on which nothing is called is closed after a time, though it answers pings', async () => {
  await serve({ idleMs: 100, pingMs: 20 });
  await once(session(), 'close');
});

test('a stream on which nothing happens stays open as long as the kubelet answers pings', async () => {
  await serve({ greetingMs: 20, idleMs: 20, pingMs: 10, pongMs: 5000 });
  const watcher = session();
  let pings = 0;
  const many = new Promise<void>((resolve) => watcher.on('ping', () => ++pings === 20 && resolve()));
  const call = watcher.request({
    ':method': 'POST',
    ':path': '/v1beta1.DevicePlugin/ListAndWatch',
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  call.setEncoding('latin1').end(Buffer.alloc(5));
  await once(call, 'data');
  await many;
  devices.set([{ ids: ['b'], healthy: true, numaNodes: [] }]);
  const [list] = await once(call, 'data');
  expect(list).toContain('b');
});

test.each([
  ['say nothing', []],
  ['greet and do nothing more', [preface, settings]],
])('1,000 connections that %s take no place from the kubelet', async (_, words) => {
  const server = await serve();
  const stream = await listen();
  const places = new Latest(0);
  for (let i = 0; i < 1000; i += 1) {
    const socket = await open(...words);
    places.set(places.value + 1);
    socket.on('close', () => places.set(places.value - 1));
  }
  await server.probe(5000);
  await listen();
  // Each of the two streams has a place.
  await places.until((open) => open <= defaultLimits.connections - 2);
  devices.set([{ ids: ['b'], healthy: true, numaNodes: [] }]);
  const [list] = (await once(stream, 'data')) as [ListAndWatchResponse];
  expect(list.devices.map(({ ID }) => ID)).toEqual(['b']);
});

test('more streams than the kubelet ever opens are refused by name, those there are stay', async () => {
  const server = await serve();
  const streams: ClientReadableStream<ListAndWatchResponse>[] = [];
  for (let i = 0; i < 16; i += 1) streams.push(await listen());
  const client = new DevicePluginClient(`unix:${path}`, credentials.createInsecure());
  stack.defer(() => client.close());
  const [error] = (await once(client.listAndWatch({}), 'error').catch((thrown: ServiceError) => [
    thrown,
  ])) as [ServiceError];
  expect([error.code, error.details]).toEqual([
    status.RESOURCE_EXHAUSTED,
    'there are 16 ListAndWatch streams already',
  ]);
  expect(server.streams.value).toBe(16);
});
