import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect as connectPlain, type Socket } from 'node:net';
import { type ConnectionOptions, connect, getCiphers } from 'node:tls';
import { afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Latest, Lifetime, silentLogger, systemClock } from '@rackwright/core';
import type { TlsIdentity } from '@rackwright/grpc';
import { Authority } from '@rackwright/testbed';
import { CsiClient } from './client.ts';
import * as csi from './gen/csi/v1/csi.ts';
import { CsiServer } from './server.ts';

const controller = 'pmem-registry';
const node = 'pmem-node-controller';

let authority: Authority;
let other: Authority;
let now = systemClock.now();
beforeAll(async () => {
  authority = await Authority.create({ ...systemClock, now: () => now });
  other = await Authority.create(systemClock);
});

/** What somebody called `name` shows; they trust `trusted`. */
async function identity(name: string, by = authority, trusted = [authority]): Promise<TlsIdentity> {
  const ca = trusted.map(({ cert }) => cert).join('');
  return { ...(await by.issue({ commonName: name, hosts: [name] })), ca };
}

let stack: AsyncDisposableStack;
let refusals: Latest<readonly string[]>;
let calls: number;
beforeEach(() => {
  stack = new AsyncDisposableStack();
  refusals = new Latest<readonly string[]>([]);
  calls = 0;
});
afterEach(() => stack.disposeAsync());

/** A node's driver on a free port of loopback, for the controller alone. */
async function serve(shown: Latest<TlsIdentity>): Promise<number> {
  const probe = async (): Promise<csi.ProbeResponse> => {
    calls += 1;
    return { ready: true };
  };
  const refused = (reason: string): void => void refusals.set([...refusals.value, reason]);
  const server = new CsiServer({
    ...{ endpoint: 'tcp://127.0.0.1:0', clock: systemClock, logger: silentLogger, identity: { probe } },
    tls: { identity: shown, peerName: controller, refused },
  });
  const lifetime = stack.use(new Lifetime());
  lifetime.spawn(server.name, (signal) => server.start(signal));
  await server.listening.until((listening) => listening);
  return Number(server.address?.split(':').at(-1));
}

function client(port: number, shown: Latest<TlsIdentity>, proxy?: URL): CsiClient {
  const tls = { identity: shown, peerName: node };
  const how = { clock: systemClock, timeoutMs: 20_000, tls, proxy };
  return new CsiClient({ endpoint: `tcp://127.0.0.1:${port}`, ...how });
}

/** Resolves when the server has ended the connection. */
function closed(socket: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.on('error', () => undefined).on('close', () => resolve());
  socket.resume();
  return promise;
}

/** A certificate of two years ago, by an authority that is trusted still. */
async function expired(name: string): Promise<TlsIdentity> {
  now -= 2 * 365 * 24 * 60 * 60 * 1000;
  const shown = await identity(name);
  now = systemClock.now();
  return shown;
}

test('a controller and a node that know each other by name can call', async () => {
  const port = await serve(new Latest(await identity(node)));
  const caller = client(port, new Latest(await identity(controller)));
  await expect(caller.call(csi.IdentityService.probe, {})).resolves.toEqual({ ready: true });
  expect(refusals.value).toEqual([]);
});

test.each([
  ['of another name', () => identity('somebody'), /somebody/],
  ['of another authority', () => identity(controller, other), /signature|certificate/i],
  ['that has expired', () => expired(controller), /certificate verify failed|expired/i],
  [
    'with a common name only',
    async () => ({ ...(await authority.issue({ commonName: controller })), ca: authority.cert }),
    /must have pmem-registry/,
  ],
])('a client with a certificate %s is refused before any call', async (_, shown, reason) => {
  const port = await serve(new Latest(await identity(node)));
  const caller = client(port, new Latest(await shown()));
  await expect(caller.call(csi.IdentityService.probe, {})).rejects.toMatchObject({ code: 'Unavailable' });
  await refusals.until((list) => list.length > 0);
  expect(refusals.value.join()).toMatch(reason);
  expect(calls).toBe(0);
});

test.each([
  ['without a certificate', {}],
  ['of TLS 1.1', { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }],
] satisfies [string, ConnectionOptions][])('a client %s is refused', async (_, options) => {
  const port = await serve(new Latest(await identity(node)));
  const socket = connect({ host: '127.0.0.1', port, ca: authority.cert, servername: node, ...options });
  await closed(socket);
  await refusals.until((list) => list.length > 0);
  expect(calls).toBe(0);
});

test('of the suites of TLS 1.2 those of PMEM-CSI are accepted, no other', async () => {
  const port = await serve(new Latest(await identity(node)));
  const shown = await identity(controller);
  const accepted: string[] = [];
  for (const suite of getCiphers().map((name) => name.toUpperCase())) {
    if (!suite.startsWith('ECDHE-ECDSA')) continue;
    const options = { host: '127.0.0.1', port, servername: node, ...shown, ciphers: `${suite}:@SECLEVEL=0` };
    const socket = connect({ ...options, minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' });
    socket.on('secureConnect', () => {
      accepted.push(suite);
      socket.destroy();
    });
    await closed(socket);
  }
  expect(accepted.sort()).toEqual([
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES128-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
  ]);
});

test('a client that does not speak TLS is refused', async () => {
  const port = await serve(new Latest(await identity(node)));
  const socket = connectPlain(port, '127.0.0.1');
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  await closed(socket);
  await refusals.until((list) => list.length > 0);
});

test.each([
  ['of another name', () => identity('somebody'), /somebody/],
  ['of another authority', () => identity(node, other), /certificate|signature/i],
  ['that has expired', () => expired(node), /expired/],
])('a server with a certificate %s is not called', async (_, shown, reason) => {
  const port = await serve(new Latest(await shown()));
  const caller = client(port, new Latest(await identity(controller)));
  const call = caller.call(csi.IdentityService.probe, {});
  const error: unknown = await call.catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'Unavailable', cause: { message: expect.stringMatching(reason) } });
  expect(calls).toBe(0);
});

test('certificates are renewed while calls are made, and none fails', async () => {
  const served = new Latest(await identity(node));
  const shown = new Latest(await identity(controller));
  const caller = client(await serve(served), shown);
  for (let round = 0; round < 20; round += 1) {
    const running = [1, 2, 3].map(() => caller.call(csi.IdentityService.probe, {}));
    if (round % 5 === 2) served.set(await identity(node));
    if (round % 5 === 4) shown.set(await identity(controller));
    await Promise.all(running);
  }
  expect(calls).toBe(60);
  const next = await Authority.create(systemClock);
  served.set(await identity(node, next, [next]));
  await expect(caller.call(csi.IdentityService.probe, {})).rejects.toMatchObject({ code: 'Unavailable' });
  shown.set(await identity(controller, next, [next]));
  await expect(caller.call(csi.IdentityService.probe, {})).resolves.toEqual({ ready: true });
});

test('a port without certificates is refused, on both sides', async () => {
  const endpoint = 'tcp://127.0.0.1:0';
  const server = new CsiServer({ endpoint, clock: systemClock, logger: silentLogger, identity: {} });
  await expect(server.start(new AbortController().signal)).rejects.toMatchObject({ code: 'InvalidArgument' });
  expect(() => new CsiClient({ endpoint, clock: systemClock })).toThrow(/certificates/);
});

test('a proxy tunnels to the node, whose certificate counts; what it refuses is told', async () => {
  const port = await serve(new Latest(await identity(node)));
  const asked: string[] = [];
  const proxy = createServer().on('connect', ({ url, headers }, socket: Socket) => {
    asked.push(`${url} ${headers['proxy-authorization']}`);
    if (asked.length > 1) return void socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    const far = connectPlain(port, '127.0.0.1');
    socket.pipe(far).pipe(socket);
    for (const end of [socket, far]) end.on('error', () => socket.destroy());
  });
  stack.defer(() => void proxy.close());
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  const { port: at } = proxy.address() as AddressInfo;
  const shown = new Latest(await identity(controller));
  const caller = client(port, shown, new URL(`http://team:pod@127.0.0.1:${at}`));
  await expect(caller.call(csi.IdentityService.probe, {})).resolves.toEqual({ ready: true });
  expect(asked).toEqual([`127.0.0.1:${port} Basic ${Buffer.from('team:pod').toString('base64')}`]);
  const refused = await caller.call(csi.IdentityService.probe, {}).catch((error: unknown) => error);
  expect(refused).toMatchObject({
    code: 'Unavailable',
    cause: { message: expect.stringMatching(/answers 502/) },
  });
});
