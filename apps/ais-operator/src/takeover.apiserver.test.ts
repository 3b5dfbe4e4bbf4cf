import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type AIStore, aistores } from '@rackwright/api';
import { Latest, Lifetime, silentLogger, systemClock } from '@rackwright/core';
import { EventRecorder, KubeClient, type Pod, resources, type StatefulSet } from '@rackwright/kube';
import { SharedInformers } from '@rackwright/manager';
import { ControlPlane, ProgramResolver, waitUntil } from '@rackwright/testbed/without-nodes';
import { aistoreController } from './aistore/controller.ts';
import { settings } from './testing/model-passes.ts';
import {
  olderAccount,
  olderAIStore,
  olderConfigMap,
  olderPod,
  olderService,
  olderSet,
} from './testing/older-cluster.ts';

const namespace = 'older';
const roles = ['proxy', 'target'] as const;
const crd = fileURLToPath(
  new URL('../../../charts/ais-operator/crds/ais.nvidia.com_aistores.yaml', import.meta.url),
);
const clock = systemClock;
let plane: ControlPlane;
let client: KubeClient;

beforeAll(async () => {
  const programs = new ProgramResolver({ env: process.env, clock, progress: () => undefined });
  plane = await ControlPlane.start({ programs, clock });
  client = new KubeClient({ connection: plane.admin(), clock, userAgent: 'test' });
  expect(await plane.kubectl('apply', '--server-side', '-f', crd)).toMatchObject({ code: 0 });
  await plane.untilCrdsServed();
  await client.create(resources.namespaces, { metadata: { name: namespace } });
}, 120_000);

afterAll(async () => {
  await client?.[Symbol.asyncDispose]();
  await plane?.[Symbol.asyncDispose]();
});

/** Makes a cluster as the older operator leaves it: it runs, and was never changed. */
async function makeOlder(): Promise<AIStore> {
  await client.create(resources.secrets, { metadata: { name: 'tls', namespace } });
  const cluster = await client.create(aistores, olderAIStore);
  const status = {
    ...{ state: 'Ready', intraClusterURL: 'https://ais-proxy.older.svc.cluster.local:51080' },
    conditions: ['Initialized', 'Created', 'Ready', 'ReadyRebalance'].map((type) => ({
      ...{ type, status: 'True', reason: type, message: '', lastTransitionTime: '2026-01-01T00:00:00Z' },
    })),
  };
  await client.patch(
    aistores,
    { namespace, name: 'ais' },
    { status },
    { strategy: 'merge', subresource: 'status' },
  );
  await client.create(resources.serviceAccounts, olderAccount(cluster));
  for (const name of ['ais-global-cm', 'ais-proxy', 'ais-target', 'ais-statsd'])
    await client.create(resources.configMaps, olderConfigMap(cluster, name));
  for (const role of roles) {
    await client.create(resources.services, olderService(cluster, role));
    const set = await client.create(resources.statefulSets, olderSet(cluster, role));
    for (const ordinal of [0, 1]) await runPod(olderPod(set, role, ordinal));
    const counts = { replicas: 2, readyReplicas: 2, currentReplicas: 2, updatedReplicas: 2 };
    const revisions = { currentRevision: 'ais-1', updateRevision: 'ais-1' };
    const ofSet = { observedGeneration: 1, ...counts, ...revisions };
    const key = { namespace, name: `ais-${role}` };
    await client.patch(
      resources.statefulSets,
      key,
      { status: ofSet },
      { strategy: 'merge', subresource: 'status' },
    );
  }
  return cluster;
}

async function runPod(pod: Pod): Promise<void> {
  const { metadata } = await client.create(resources.pods, pod);
  const key = { namespace, name: metadata?.name ?? '' };
  const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
  await client.patch(resources.pods, key, { status }, { strategy: 'merge', subresource: 'status' });
}

async function setsOf(): Promise<StatefulSet[]> {
  return await Promise.all(
    roles.map((role) => client.get(resources.statefulSets, { namespace, name: `ais-${role}` })),
  );
}

/** Runs the controller for as long as `lifetime` lasts. */
function operate(lifetime: Lifetime): void {
  const common = { client, clock, logger: silentLogger };
  const events = lifetime.use(
    new EventRecorder({ ...common, component: 'ais-controller', instance: 'test' }),
  );
  const informers = new SharedInformers(common);
  const parts = aistoreController({
    ...{ ...common, events, notices: events, informers, settings },
    crdShortfall: new Latest<string | undefined>(undefined),
  } as never);
  for (const part of [...informers.open(), ...parts.led])
    lifetime.spawn(part.name, (signal) => part.start(signal));
}

test('a cluster that the older operator made is taken over without a change of its pods', async () => {
  const older = await makeOlder();
  const foreign = { name: 'other-statsd', namespace };
  await client.create(resources.configMaps, { metadata: foreign });
  const before = await setsOf();
  const podsBefore = await client.list(resources.pods, { namespace });
  await using lifetime = new Lifetime();
  operate(lifetime);
  await waitUntil(
    'the cluster to be looked after',
    async () => {
      const { status } = await client.get(aistores, { namespace, name: 'ais' });
      const ready = status?.conditions?.find(({ type }) => type === 'Ready');
      if (ready?.message?.startsWith('AIStore does not answer') === true) return true;
      throw new Error(`${status?.state}: ${ready?.reason}: ${ready?.message}`);
    },
    { clock, deadlineMs: 60_000 },
  );
  const after = await setsOf();
  // The API server raises the generation with every change of the spec.
  const shapeOf = ({ metadata, spec }: StatefulSet) => [metadata?.uid, metadata?.generation, spec?.template];
  expect(after.map(shapeOf)).toEqual(before.map(shapeOf));
  expect(after.map(({ metadata }) => metadata?.annotations)).not.toEqual(
    before.map(({ metadata }) => metadata?.annotations),
  );
  const uids = ({ items }: { items: readonly Pod[] }) => items.map(({ metadata }) => metadata?.uid).sort();
  expect(uids(await client.list(resources.pods, { namespace }))).toEqual(uids(podsBefore));
  const maps = (await client.list(resources.configMaps, { namespace })).items;
  const marks = maps.map(({ metadata }) => [
    metadata?.name,
    metadata?.labels?.['app.kubernetes.io/managed-by'],
  ]);
  expect(marks).toEqual([
    ['ais-global-cm', 'ais-operator'],
    ['ais-proxy', 'ais-operator'],
    ['ais-target', 'ais-operator'],
    ['other-statsd', undefined],
  ]);
  expect(older.metadata?.finalizers).toEqual(['finalize.ais']);
}, 90_000);

test('kubectl scale changes the size of a cluster', async () => {
  const scale = (size: number) =>
    plane.kubectl('scale', 'aistore/ais', `--replicas=${size}`, '-n', namespace);
  expect(await scale(3)).toMatchObject({ code: 0 });
  expect((await client.get(aistores, { namespace, name: 'ais' })).spec.size).toBe(3);
});
