import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { csi } from '@rackwright/csi';
import { pmem } from '@rackwright/keys';
import { Authority } from '@rackwright/testbed/without-nodes';
import { createRequest } from '../testing/driver.ts';
import { type DriverProgram, RegistryCluster, until, writeCertificate } from '../testing/registry-cluster.ts';

const { registry, nodeController } = pmem.tlsName;
const { createVolume, deleteVolume } = csi.ControllerService;

const whole = process.env.RACKWRIGHT_LONG_TESTS === '1';
let cluster: RegistryCluster;
beforeEach(async () => {
  cluster = await RegistryCluster.create();
});
afterEach(() => cluster[Symbol.asyncDispose]());

/** What is trusted and who signs, as the operator changes them one after the other. */
async function renewals(): Promise<{ readonly ca: string; readonly by: Authority }[]> {
  const before = cluster.authority;
  const leaves = [{ ca: before.cert, by: before }];
  if (!whole) return leaves;
  const after = await Authority.create(systemClock, 'successor');
  const both = before.cert + after.cert;
  return [...leaves, { ca: both, by: before }, { ca: both, by: after }, { ca: after.cert, by: after }];
}

// By default the certificates of both; with RACKWRIGHT_LONG_TESTS=1 that of their authority, too.
test('certificates that are renewed on disk are taken up while volumes are made and deleted, and no call fails', async () => {
  const own = {
    controller: await cluster.certificate(registry),
    node: await cluster.certificate(nodeController),
  };
  const controller = await cluster.controller(own.controller);
  const node = await cluster.node('one', own.node);
  await controller.logged(/a node is registered/);
  const timesRenewed = ({ log }: DriverProgram): number => log.split('there is a new certificate').length - 1;
  const failures: unknown[] = [];
  let calls = 0;
  const work = async (name: string): Promise<void> => {
    const { volume } = await cluster.client.call(createVolume, createRequest(name));
    const request = { volumeId: volume?.volumeId ?? '', secrets: {} };
    await cluster.client.call(deleteVolume, request);
    calls += 2;
  };
  let ended = false;
  const load = ['a', 'b', 'c'].map(async (name) => {
    while (!ended) await work(name).catch((error: unknown) => failures.push(error));
  });
  for (const { ca, by } of await renewals()) {
    const taken = [controller, node].map(timesRenewed);
    for (const [folder, name] of [
      [own.controller.folder, registry],
      [own.node.folder, nodeController],
    ] as const) {
      const pair = await by.issue({ commonName: name, hosts: [name] });
      await writeCertificate(folder, { ...pair, ca });
    }
    await until(() => [controller, node].every((program, i) => timesRenewed(program) > (taken[i] ?? 0)));
    const before = calls;
    await until(() => calls > before + 6 || failures.length > 0);
  }
  ended = true;
  await Promise.all(load);
  expect(failures).toEqual([]);
  expect(node.log).not.toMatch(/turned away|cannot be told/);
  // What is no pair is not taken up, and nothing stops for it.
  await writeCertificate(own.node.folder, { ca: cluster.authority.cert, cert: 'half', key: '' });
  await node.logged(/cannot be used; the one before it goes on/);
  await work('d');
}, 180_000);

test('a driver without certificates, or with files that are none, does not start and says which', async () => {
  const node = await cluster.node('one', { folder: '', flags: ['-caFile=/nowhere/ca.crt', '-certFile=/x'] });
  await node.ended();
  expect(node.log).toMatch(/-keyFile is missing/);
  const { flags } = await cluster.certificate(nodeController);
  const other = await cluster.node('two', { folder: '', flags: [...flags, '-caFile=/nowhere/ca.crt'] });
  await other.ended();
  expect(other.log).toMatch(/\/nowhere\/ca\.crt: it cannot be read/);
});
