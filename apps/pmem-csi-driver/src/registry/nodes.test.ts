import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Latest, Lifetime, ManualClock, silentLogger, systemClock } from '@rackwright/core';
import { CsiServer, type csi } from '@rackwright/csi';
import { GrpcServer, type TlsIdentity } from '@rackwright/grpc';
import { pmem } from '@rackwright/keys';
import { Authority } from '@rackwright/testbed';
import { Nodes } from './nodes.ts';
import { Registration } from './registration.ts';
import { addRegistry } from './service.ts';

const { registry, nodeController } = pmem.tlsName;
const volume: csi.Volume = {
  ...{ volumeId: 'v', capacityBytes: 1n, volumeContext: {}, contentSource: undefined },
  accessibleTopology: [],
};

let stack: AsyncDisposableStack;
let clock: ManualClock;
let authority: Authority;
let nodes: Nodes;
let times: string[];
beforeEach(async () => {
  stack = new AsyncDisposableStack();
  clock = new ManualClock();
  times = [];
  authority = await Authority.create(systemClock);
  const tls = { identity: await identity(registry), peerName: nodeController };
  const observe = (method: string, code: string): void => void times.push(`${method} ${code}`);
  nodes = new Nodes({ tls, clock, logger: silentLogger, observe, env: {} });
});
afterEach(() => stack.disposeAsync());

async function identity(name: string): Promise<Latest<TlsIdentity>> {
  const pair = await authority.issue({ commonName: name, hosts: [name] });
  return new Latest({ ...pair, ca: authority.cert });
}

/** A node's controller service with one volume; returns where it is. */
async function serveNode(): Promise<{ endpoint: string; lifetime: Lifetime }> {
  const server = new CsiServer({
    ...{ endpoint: 'tcp://127.0.0.1:0', clock: systemClock, logger: silentLogger, identity: {} },
    controller: {
      listVolumes: async () => ({ entries: [{ volume, status: undefined }], nextToken: '' }),
      controllerGetCapabilities: async () => ({ capabilities: [] }),
    },
    tls: { identity: await identity(nodeController), peerName: registry },
  });
  const lifetime = stack.use(new Lifetime());
  lifetime.spawn('node', (signal) => server.start(signal));
  await server.listening.until((listening) => listening);
  return { endpoint: server.address ?? '', lifetime };
}

/** Moves the clock until something holds: calls over sockets take turns of the event loop. */
async function advanceUntil(holds: () => boolean): Promise<void> {
  const deadline = systemClock.monotonic() + 30_000;
  while (!holds()) {
    if (systemClock.monotonic() > deadline) throw new Error('it does not come to that');
    await clock.advance(1000);
  }
}

const connected = (): boolean => nodes.get('one')?.connected === true;

test('a silent node is called; one that answers stays, one that does not is away with its volumes known', async () => {
  const { endpoint, lifetime } = await serveNode();
  await nodes.register('one', endpoint);
  const watching = stack.use(new Lifetime());
  watching.spawn('watch', (signal) => nodes.watch(signal));
  await advanceUntil(() => times.filter((call) => call.includes('GetCapabilities OK')).length >= 2);
  expect(connected()).toBe(true);
  await lifetime[Symbol.asyncDispose]();
  await advanceUntil(() => !connected());
  expect(nodes.holders('v').map(({ id }) => id)).toEqual(['one']);
});

test('a node that cannot be called is not taken in, and one that is known becomes away', async () => {
  await expect(nodes.register('one', 'tcp://127.0.0.1:1')).rejects.toMatchObject({ code: 'Unavailable' });
  expect(nodes.list()).toEqual([]);
  const { endpoint } = await serveNode();
  await nodes.register('one', endpoint);
  await expect(nodes.register('one', 'tcp://127.0.0.1:1')).rejects.toThrow(/one: ListVolumes: no answer/);
  expect(connected()).toBe(false);
  expect(nodes.holders('v')).toHaveLength(1);
  await nodes.register('one', endpoint);
  expect(connected()).toBe(true);
});

test('a node registers until it is heard, says again that it is there, and takes its leave', async () => {
  const { endpoint } = await serveNode();
  const shown = await identity(nodeController);
  const listen = async (at: number): Promise<GrpcServer> =>
    GrpcServer.listenTls(addRegistry(nodes, { clock, logger: silentLogger }), {
      ...{ host: '127.0.0.1', port: at, clock: systemClock },
      tls: { identity: await identity(registry), peerName: nodeController },
    });
  const first = await listen(0);
  const at = Number(first.address.split(':').at(-1));
  await first.close();
  const calls: string[] = [];
  const registration = new Registration({
    registry: { host: '127.0.0.1', port: at, identity: shown, peerName: registry },
    ...{ nodeId: 'one', endpoint, clock, logger: silentLogger },
    observe: (method, code) => void calls.push(`${method.split('/').at(-1)} ${code}`),
  });
  const running = stack.use(new Lifetime());
  running.spawn('registration', (signal) => registration.start(signal));
  await advanceUntil(() => calls.length >= 3);
  expect(new Set(calls)).toEqual(new Set(['RegisterController Unavailable']));
  expect(registration.problem.value).toMatch(/no answer on tcp:\/\/127.0.0.1/);

  const second = await listen(at);
  stack.defer(() => second.close());
  await advanceUntil(connected);
  await advanceUntil(() => registration.problem.value === undefined);
  // A controller that lost sight of it, as a new one has, learns of it again.
  nodes.lost('one', 'test');
  await advanceUntil(connected);
  await running[Symbol.asyncDispose]();
  expect(calls.at(-1)).toBe('UnregisterController OK');
  expect(connected()).toBe(false);
});

test('a controller that will never take a node ends the node', async () => {
  const server = await GrpcServer.listenTls(addRegistry(nodes, { clock, logger: silentLogger }), {
    ...{ host: '127.0.0.1', port: 0, clock: systemClock },
    tls: { identity: await identity(registry), peerName: nodeController },
  });
  stack.defer(() => server.close());
  const at = { host: '127.0.0.1', port: Number(server.address.split(':').at(-1)), peerName: registry };
  const registration = new Registration({
    registry: { ...at, identity: await identity(nodeController) },
    ...{ nodeId: '', endpoint: 'tcp://127.0.0.1:1', clock, logger: silentLogger, observe: () => undefined },
  });
  await expect(registration.start(new AbortController().signal)).rejects.toMatchObject({
    code: 'InvalidArgument',
    message: expect.stringMatching(/node_id is missing/),
  });
});
