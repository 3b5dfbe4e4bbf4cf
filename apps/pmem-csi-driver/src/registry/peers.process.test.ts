import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Latest, systemClock } from '@rackwright/core';
import { csi } from '@rackwright/csi';
import { callOnce, type TlsIdentity } from '@rackwright/grpc';
import { pmem } from '@rackwright/keys';
import { Authority } from '@rackwright/testbed';
import { answersOpenssl, opensslServer } from '../testing/openssl-peer.ts';
import { type DriverProgram, RegistryCluster, until } from '../testing/registry-cluster.ts';
import { RegistryService } from './gen/registry/v0/registry.ts';

const { registry, nodeController } = pmem.tlsName;
let now = systemClock.now();
let cluster: RegistryCluster;
let controller: DriverProgram;
let node: DriverProgram;
let nodePort: number;
let stranger: Authority;

beforeAll(async () => {
  cluster = await RegistryCluster.create({ ...systemClock, now: () => now });
  stranger = await Authority.create(systemClock);
  controller = await cluster.controller();
  node = await cluster.node('one');
  await node.logged(/registered with the controller/);
  nodePort = Number(/"endpoint":"tcp:\/\/127\.0\.0\.1:(\d+)"/.exec(node.log)?.[1]);
}, 120_000);
afterAll(() => cluster[Symbol.asyncDispose]());

type Side = 'controller' | 'node';
type Peer = (name: string) => Promise<TlsIdentity>;

async function issued(name: string, by: Authority, hosts?: string[]): Promise<TlsIdentity> {
  const subject = { commonName: name, ...(hosts && { hosts }) };
  return { ...(await by.issue(subject)), ca: cluster.authority.cert };
}

/** By the CA that counts, two years ago. */
async function expired(name: string): Promise<TlsIdentity> {
  now -= 2 * 365 * 24 * 3_600_000;
  const shown = await issued(name, cluster.authority, [name]);
  now = systemClock.now();
  return shown;
}

const wrong: [string, Peer, RegExp][] = [
  ['of another name', () => issued('somebody', cluster.authority, ['somebody']), /somebody/],
  ['of another authority', (name) => issued(name, stranger, [name]), /CERT_SIGNATURE_FAILURE/],
  ['that has expired', (name) => expired(name), /expired/i],
  [
    'with a common name only',
    (name) => issued(name, cluster.authority),
    /has no DNS name; it must have pmem-/,
  ],
  [
    'of the side that is called',
    (name) => {
      const other = name === registry ? nodeController : registry;
      return issued(other, cluster.authority, [other]);
    },
    /altnames.*pmem-/,
  ],
];

function call(side: Side, identity: TlsIdentity): Promise<unknown> {
  const clock = systemClock;
  const tls = { host: '127.0.0.1', identity: new Latest(identity) };
  const common = { clock, timeoutMs: 60_000, what: 'call' };
  if (side === 'node') return callAt(nodePort, identity);
  const socket = { ...tls, port: cluster.registryPort, peerName: registry };
  const request = { nodeId: 'evil', endpoint: 'tcp://127.0.0.1:1' };
  return callOnce({ ...common, socket, method: RegistryService.registerController, request });
}

/** As the controller calls a node. */
function callAt(port: number, identity: TlsIdentity): Promise<unknown> {
  const socket = { host: '127.0.0.1', port, identity: new Latest(identity), peerName: nodeController };
  const request = { maxEntries: 0, startingToken: '' };
  const common = { clock: systemClock, timeoutMs: 60_000, what: 'call' };
  return callOnce({ ...common, socket, method: csi.ControllerService.listVolumes, request });
}

const sides: Side[] = ['controller', 'node'];
test.each(sides.flatMap((side) => wrong.map((peer) => [side, ...peer] as const)))(
  'a caller of the %s with a certificate %s is turned away, and the log says why',
  async (side, _, peer, reason) => {
    const program = side === 'controller' ? controller : node;
    const before = program.log.length;
    const shown = await peer(side === 'controller' ? nodeController : registry);
    await expect(call(side, shown)).rejects.toMatchObject({ code: 'Unavailable' });
    const since = (): string => program.log.slice(before);
    await until(() => since().includes('a caller is turned away'));
    expect(since()).toMatch(reason);
    expect(controller.log).not.toContain('"evil"');
  },
);

const nothing = async (): Promise<TlsIdentity> => ({ ca: cluster.authority.cert, cert: '', key: '' });
const right: Peer = (name) => issued(name, cluster.authority, [name]);
/** What both versions have in common is not strong enough for openssl either, unless it is told so. */
const old = ['-tls1_1', '-cipher', 'DEFAULT@SECLEVEL=0'];

/** A peer, what it is started with beside its certificate, and why a server and a client of ours turn it away. */
const foreign: [string, Peer, string[], RegExp, RegExp][] = [
  [
    'of another authority',
    (name) => issued(name, stranger, [name]),
    [],
    /CERT_SIGNATURE_FAILURE/,
    /signature/,
  ],
  ['of another name', () => issued('somebody', cluster.authority, ['somebody']), [], /somebody/, /somebody/],
  ['that has expired', (name) => expired(name), [], /expired/i, /expired/],
  ['that is none', nothing, [], /certificate/, /handshake failure/],
  ['for TLS 1.1', right, old, /unsupported protocol/, /unsupported protocol|protocol version/],
];

test.each(sides.flatMap((side) => foreign.map((peer) => [side, ...peer] as const)))(
  'openssl calls the %s with a certificate %s and is answered nothing',
  async (side, _, peer, flags, reason) => {
    const program = side === 'controller' ? controller : node;
    const before = program.log.length;
    const identity = await peer(side === 'controller' ? nodeController : registry);
    const port = side === 'controller' ? cluster.registryPort : nodePort;
    expect(await answersOpenssl(port, { identity, flags })).toBe(false);
    const since = (): string => program.log.slice(before);
    await until(() => since().includes('a caller is turned away'));
    expect(since()).toMatch(reason);
  },
);

test.each(foreign)(
  'openssl serves with a certificate %s, is told nothing, and the error says why',
  async (_, peer, flags, __, reason) => {
    await using server = await opensslServer({ identity: await peer(nodeController), flags });
    const refused = callAt(server.port, await right(registry));
    await expect(refused).rejects.toMatchObject({
      code: 'Unavailable',
      cause: { message: expect.stringMatching(reason) },
    });
    expect(server.isSpokenTo).toBe(false);
  },
);

test('openssl is answered, and spoken to, where its certificate is right', async () => {
  const [ofController, ofNode] = await Promise.all([right(nodeController), right(registry)]);
  expect(await answersOpenssl(cluster.registryPort, { identity: ofController })).toBe(true);
  expect(await answersOpenssl(nodePort, { identity: ofNode, flags: ['-tls1_2'] })).toBe(true);
  const server = await opensslServer({ identity: await right(nodeController) });
  const call = callAt(server.port, ofNode).catch(() => undefined);
  await until(() => server.isSpokenTo);
  await server[Symbol.asyncDispose]();
  await call;
});

test('those whose certificates are right are served', async () => {
  const identity = await issued(registry, cluster.authority, [registry]);
  await expect(call('node', identity)).resolves.toEqual({ entries: [], nextToken: '' });
});
