import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HostFiles } from '@rackwright/host';
import { isNotFound, type KubeClient, resources } from '@rackwright/kube';
import { SimulatedHost } from '@rackwright/simulator';
import { type TemporaryFolder, temporaryFolder } from '@rackwright/testbed/without-nodes';
import { observeNode } from './node/observed-node.ts';
import { NodeFeatureStore, nodeFeatures } from './publish/node-feature.ts';
import type { PublicationMode } from './publish/publisher.ts';
import { account, DiscoveryEnvironment } from './testing/discovery-environment.ts';

const featureLabels = 'nfd.node.kubernetes.io/feature-labels';
const present = 'phison.com/cxi.present';
const { namespace } = account;
const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

let testEnv: DiscoveryEnvironment;
let folder: TemporaryFolder;
let files: HostFiles;
beforeAll(async () => {
  testEnv = await DiscoveryEnvironment.start();
  await testEnv.upgrade('mode=Auto');
  folder = await temporaryFolder('rwnf-');
  const spec = { nics: [{ generation: 2 as const }], cxiRh: false, libraries: false, nvme: [{}] };
  files = new HostFiles((await SimulatedHost.create(join(folder.path, 'host'), spec)).root);
}, 120_000);
afterAll(async () => {
  await testEnv?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

interface Agent {
  readonly publish: () => Promise<void>;
  readonly client: KubeClient;
}

/** An agent in mode Auto, as it starts. */
async function agent(node: string): Promise<Agent> {
  await testEnv.node(node);
  return agentOn(node, 'Auto');
}

async function agentOn(node: string, mode: PublicationMode): Promise<Agent> {
  const pod = `pod-${node}-${mode.toLowerCase()}`;
  const client = await testEnv.agentIn(node, pod);
  const store = new NodeFeatureStore(client, node, { namespace, name: pod });
  return { client, publish: testEnv.publisher(node, client, files, { nodeFeature: { store, mode } }) };
}

/** What the master of Node Feature Discovery leaves on a Node that it labels. */
function labelledByNfd(node: string, labels: Readonly<Record<string, string>> | null): Promise<unknown> {
  const annotations = { [featureLabels]: labels === null ? null : Object.keys(labels).join(',') };
  const metadata = { annotations, ...(labels && { labels }) };
  return testEnv.admin.patch(
    resources.nodes,
    { name: node },
    { metadata },
    { strategy: 'merge', fieldManager: 'nfd-master' },
  );
}

function stored(node: string) {
  return testEnv.admin.get(nodeFeatures, { namespace, name: `phison-${node}` });
}

test('in mode Auto labels are written on the Node while there is no Node Feature Discovery', async () => {
  const { publish } = await agent('without');
  await publish();
  expect(await testEnv.labels('without')).toMatchObject({
    [present]: 'true',
    'phison.com/ai100-present': 'true',
  });
});

test('where it labels the Node, it is given them in a NodeFeature that outlives the pod', async () => {
  await testEnv.admin.create(resources.customResourceDefinitions, {
    metadata: { name: 'nodefeatures.nfd.k8s-sigs.io' },
    spec: {
      group: 'nfd.k8s-sigs.io',
      scope: 'Namespaced',
      names: {
        plural: 'nodefeatures',
        kind: 'NodeFeature',
        singular: 'nodefeature',
        listKind: 'NodeFeatureList',
      },
      versions: [{ name: 'v1alpha1', served: true, storage: true, schema: { openAPIV3Schema: anything } }],
    },
  });
  await testEnv.plane.untilCrdsServed();

  const { publish } = await agent('labelled');
  await labelledByNfd('labelled', {});
  await publish();
  const feature = await stored('labelled');
  expect(feature.metadata?.labels).toEqual({ 'nfd.node.kubernetes.io/node-name': 'labelled' });
  expect(feature.metadata?.ownerReferences?.map(({ kind }) => kind)).toEqual(['Pod', 'DaemonSet']);
  expect(feature.spec?.labels).toMatchObject({ [present]: 'true', 'phison.com/ai100-present': 'true' });
  expect(feature.spec?.features?.instances).toMatchObject({
    'phison.cxi': { elements: [{ attributes: { vendor: '1590', device: '0371', kind: 'pf' } }] },
    'phison.ai100': { elements: [{ attributes: { model: 'PASCARI AI100E' } }] },
  });
  expect(await testEnv.labels('labelled')).toEqual({});

  // Nothing changed, nothing is written.
  await publish();
  expect((await stored('labelled')).metadata?.resourceVersion).toBe(feature.metadata?.resourceVersion);
  await labelledByNfd('labelled', feature.spec?.labels ?? {});
  await publish();
  expect(await testEnv.labels('labelled')).toEqual(feature.spec?.labels);
});

test('a Node loses no label when Node Feature Discovery comes, nor when it goes', async () => {
  const { publish } = await agent('changing');
  await publish();
  const before = await testEnv.labels('changing');
  await labelledByNfd('changing', {});
  await publish();
  expect(await testEnv.labels('changing')).toEqual(before);
  expect((await stored('changing')).spec?.labels).toEqual(before);
  await labelledByNfd('changing', null);
  await publish();
  expect(await testEnv.labels('changing')).toEqual(before);
  expect(await stored('changing').then(() => false, isNotFound)).toBe(true);
});

test('back in mode Labels the agents label the Nodes again and take their NodeFeatures away', async () => {
  await testEnv.node('returning');
  await (await agentOn('returning', 'NodeFeature')).publish();
  const given = (await stored('returning')).spec?.labels ?? {};
  expect(given).toMatchObject({ [present]: 'true' });
  await labelledByNfd('returning', given);
  await testEnv.upgrade('mode=Labels');
  const { publish } = await agentOn('returning', 'Labels');
  await publish();
  expect(await stored('returning').then(() => false, isNotFound)).toBe(true);
  expect(observeNode(await testEnv.stored('returning')).ownLabels).toEqual(new Set(Object.keys(given)));

  // Node Feature Discovery removes what it made of the NodeFeature, be it another's too.
  await labelledByNfd('returning', null);
  const labels = Object.fromEntries(Object.keys(given).map((key) => [key, null]));
  await testEnv.admin.patch(
    resources.nodes,
    { name: 'returning' },
    { metadata: { labels } },
    { strategy: 'merge' },
  );
  const asked = async () =>
    (await testEnv.requests()).filter(({ path }) => path.includes('nodefeatures')).length;
  const before = await asked();
  await publish();
  expect(await testEnv.labels('returning')).toEqual(given);
  // There is none any more, so nobody is asked for it.
  expect(await asked()).toBe(before);
});

test('nothing it asked for was forbidden', async () => {
  const refused = (await testEnv.requests()).filter(({ authorized }) => !authorized);
  expect(refused.map(({ verb, path, message }) => `${verb} ${path} ${message}`)).toEqual([]);
});
