import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { CsiClient, csi } from '@rackwright/csi';
import { createRequest } from '../testing/driver.ts';
import { RegistryCluster } from '../testing/registry-cluster.ts';

const { ControllerService: controller, IdentityService: identity, NodeService: node } = csi;
const key = 'pmem-csi.intel.com/node';
const at = (name: string): csi.Topology => ({ segments: { [key]: name } });

let cluster: RegistryCluster;
beforeEach(async () => {
  cluster = await RegistryCluster.create();
});
afterEach(() => cluster[Symbol.asyncDispose]());

async function create(name: string, ...nodes: string[]): Promise<csi.Volume> {
  const accessibilityRequirements = { requisite: nodes.map(at), preferred: nodes.map(at) };
  const request = { ...createRequest(name), ...(nodes.length > 0 && { accessibilityRequirements }) };
  const { volume } = await cluster.client.call(controller.createVolume, request);
  if (volume === undefined) throw new Error('no volume');
  return volume;
}

async function listed(): Promise<(string | undefined)[]> {
  const { entries } = await cluster.client.call(controller.listVolumes, { maxEntries: 0, startingToken: '' });
  return entries.map(({ volume }) => volume?.volumeContext.node);
}

const remove = (volumeId: string): Promise<unknown> =>
  cluster.client.call(controller.deleteVolume, { volumeId, secrets: {} });

test('a controller makes volumes on the nodes that registered, and a killed one knows them when it is back', async () => {
  const program = await cluster.controller();
  await expect(create('early')).rejects.toMatchObject({
    code: 'Unavailable',
    message: expect.stringContaining('No node found'),
  });
  const [one] = await Promise.all([cluster.node('one'), cluster.node('two')]);
  for (const name of ['one', 'two']) await program.logged(new RegExp(`a node is registered.*"${name}"`));
  const volume = await create('data', 'two');
  expect(volume).toMatchObject({ accessibleTopology: [at('two')], volumeContext: { node: 'two' } });
  // The same again, wherever the claim would be now.
  expect(await create('data')).toEqual(volume);
  await create('other', 'one', 'two');
  expect((await listed()).sort()).toEqual(['one', 'two']);

  await program.end('SIGKILL');
  await one.end('SIGKILL');
  const next = await cluster.controller();
  await next.logged(/a node is registered.*"two"/);
  await remove(volume.volumeId);
  expect(await listed()).toEqual([]);
});

test('a node serves the kubelet on its socket, and makes volumes for nobody but the controller', async () => {
  await cluster.controller();
  const program = await cluster.node('one');
  await program.logged(/registered with the controller/);
  const client = new CsiClient({ endpoint: cluster.nodeSocket('one'), clock: systemClock });
  expect(await client.call(node.nodeGetInfo, {})).toMatchObject({ accessibleTopology: at('one') });
  expect(await client.call(identity.getPluginCapabilities, {})).toEqual(
    await cluster.client.call(identity.getPluginCapabilities, {}),
  );
  await expect(client.call(controller.createVolume, createRequest('x'))).rejects.toMatchObject({
    code: 'Unsupported',
  });
});
