import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { csi } from '@rackwright/csi';
import { pmem } from '@rackwright/keys';
import { createRequest } from '../testing/driver.ts';
import { type DriverProgram, RegistryCluster, until, writeCertificate } from '../testing/registry-cluster.ts';

const { registry, nodeController } = pmem.tlsName;
const { createVolume, deleteVolume } = csi.ControllerService;

let cluster: RegistryCluster;
beforeEach(async () => {
  cluster = await RegistryCluster.create();
});
afterEach(() => cluster[Symbol.asyncDispose]());

test('certificates that are renewed on disk are taken up while volumes are made and deleted, and no call fails', async () => {
  const own = {
    controller: await cluster.certificate(registry),
    node: await cluster.certificate(nodeController),
  };
  const controller = await cluster.controller(own.controller);
  const node = await cluster.node('one', own.node);
  await controller.logged(/a node is registered/);
  const renewed = (program: DriverProgram): boolean => /there is a new certificate/.test(program.log);
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
  for (const [folder, name] of [
    [own.controller.folder, registry],
    [own.node.folder, nodeController],
  ] as const) {
    const pair = await cluster.authority.issue({ commonName: name, hosts: [name] });
    await writeCertificate(folder, { ...pair, ca: cluster.authority.cert });
  }
  await until(() => renewed(controller) && renewed(node));
  const before = calls;
  await until(() => calls > before + 6 || failures.length > 0);
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
