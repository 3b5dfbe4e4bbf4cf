import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type AidaptivCacheNodeStatus, aidaptivCaches } from '@rackwright/api';
import { ignoreNotFound, type Pod, resources } from '@rackwright/kube';
import { CacheEnvironment, namespace } from './testing/cache-environment.ts';

let testEnv: CacheEnvironment;
beforeAll(async () => {
  testEnv = await CacheEnvironment.start();
}, 120_000);
afterAll(() => testEnv?.[Symbol.asyncDispose]());

const stale: AidaptivCacheNodeStatus = {
  devices: [{ serial: 'A', eligible: true, health: 'Unhealthy' }],
  cache: { state: 'Lost', mounted: true, hostPath: '/mnt/nvme0', staleConsumers: true },
};

const healthy: AidaptivCacheNodeStatus = {
  devices: [{ serial: 'A', eligible: true, health: 'Healthy' }],
  cache: { state: 'Ready', mounted: true, hostPath: '/mnt/nvme0' },
};

/** A pod that runs on a node and has units of the cache, or none. */
async function addPod(name: string, node: string, units: number): Promise<void> {
  const limits = units === 0 ? {} : { 'phison.com/ai100': String(units) };
  const pod: Pod = {
    metadata: { name, namespace, labels: { app: name } },
    spec: {
      nodeName: node,
      automountServiceAccountToken: false,
      serviceAccountName: 'aidaptivcache-operator',
      terminationGracePeriodSeconds: 600,
      containers: [{ name: 'c', image: 'i', resources: { limits } }],
    },
  };
  await testEnv.admin.create(resources.pods, pod);
  const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
  const options = { strategy: 'merge', subresource: 'status' } as const;
  await testEnv.admin.patch(resources.pods, { namespace, name }, { status }, options);
}

const podOf = (name: string): Promise<Pod | undefined> =>
  ignoreNotFound(testEnv.admin.get(resources.pods, { namespace, name }));

async function isEnding(name: string): Promise<boolean> {
  return (await podOf(name))?.metadata?.deletionTimestamp !== undefined;
}

/** Plays the kubelet of a pod that was asked to go. */
const end = (name: string) =>
  testEnv.admin.delete(resources.pods, { namespace, name }, { gracePeriodSeconds: 0 });

async function eventNotes(reason: string): Promise<(string | undefined)[]> {
  const { items } = await testEnv.admin.list(resources.events, { namespace: 'default' });
  return items.filter((event) => event.reason === reason).map(({ note }) => note);
}

test('pods that hold a cache whose drives went and came back are evicted one by one, if that is allowed', async () => {
  await testEnv.create();
  for (const node of ['a', 'b', 'c']) await testEnv.addNode(node);
  await addPod('first', 'a', 2);
  await addPod('second', 'a', 1);
  await addPod('without', 'a', 0);
  await addPod('elsewhere', 'b', 2);
  await testEnv.reportFrom('a', stale);
  // More than half of the nodes are well, or recovery would rest.
  for (const node of ['b', 'c']) await testEnv.reportFrom(node, healthy);
  await testEnv.until('the node to be judged', async () => {
    const { metadata } = await testEnv.node('a');
    return metadata?.labels?.['phison.com/ai100.health'] === 'unhealthy';
  });
  // Reports of all nodes, and nobody was asked to go: it is not among the actions.
  expect(await isEnding('first')).toBe(false);
  await testEnv.patch({ recovery: { actions: ['EvictConsumers'] } });
  await testEnv.until('the first to end', () => isEnding('first'));
  expect(await isEnding('second')).toBe(false);
  await end('first');
  await testEnv.until('the second to end', () => isEnding('second'));
  await end('second');
  await testEnv.until('two events', async () => (await eventNotes('ConsumerEvicted')).length === 2);
  for (const name of ['without', 'elsewhere']) expect(await isEnding(name)).toBe(false);
}, 60_000);

test('a disruption budget is respected, and people read that it forbids it', async () => {
  const budget = {
    metadata: { name: 'third', namespace },
    spec: { minAvailable: 1, selector: { matchLabels: { app: 'third' } } },
  };
  await testEnv.admin.create(resources.podDisruptionBudgets, budget);
  const status = {
    observedGeneration: 1,
    disruptionsAllowed: 0,
    currentHealthy: 1,
    desiredHealthy: 1,
    expectedPods: 1,
  };
  const options = { strategy: 'merge', subresource: 'status' } as const;
  await testEnv.admin.patch(
    resources.podDisruptionBudgets,
    { namespace, name: 'third' },
    { status },
    options,
  );
  await addPod('third', 'a', 1);
  // It looks every ten seconds, and whenever the agent says something.
  await testEnv.reportFrom('a', stale);
  await testEnv.until('a refusal', async () => (await eventNotes('EvictionRefused')).length > 0);
  expect((await eventNotes('EvictionRefused'))[0]).toContain(
    `pod ${namespace}/third of node a is not evicted`,
  );
  expect(await isEnding('third')).toBe(false);
  await testEnv.admin.delete(resources.podDisruptionBudgets, { namespace, name: 'third' });
  await testEnv.reportFrom('a', stale);
  await testEnv.until('it to end', () => isEnding('third'));
  await testEnv.admin.delete(aidaptivCaches, { name: 'default' });
}, 60_000);
