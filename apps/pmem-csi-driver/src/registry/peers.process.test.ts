import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Latest, systemClock } from '@rackwright/core';
import { csi } from '@rackwright/csi';
import { callOnce, type TlsIdentity } from '@rackwright/grpc';
import { pmem } from '@rackwright/keys';
import { Authority } from '@rackwright/testbed';
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
  if (side === 'node') {
    const socket = { ...tls, port: nodePort, peerName: nodeController };
    const request = { maxEntries: 0, startingToken: '' };
    return callOnce({ ...common, socket, method: csi.ControllerService.listVolumes, request });
  }
  const socket = { ...tls, port: cluster.registryPort, peerName: registry };
  const request = { nodeId: 'evil', endpoint: 'tcp://127.0.0.1:1' };
  return callOnce({ ...common, socket, method: RegistryService.registerController, request });
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

test('those whose certificates are right are served', async () => {
  const identity = await issued(registry, cluster.authority, [registry]);
  await expect(call('node', identity)).resolves.toEqual({ entries: [], nextToken: '' });
});
