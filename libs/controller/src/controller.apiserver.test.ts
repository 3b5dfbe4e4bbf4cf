import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CoordinationV1Api, CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { aborted, silentLogger, systemClock } from '@rackwright/core';
import { type ConfigMap, ignoreNotFound, KubeClient, keyOf, parseKey, resources } from '@rackwright/kube';
import { ControlPlane, ProgramResolver, waitUntil } from '@rackwright/testbed/without-nodes';
import { Controller } from './controller.ts';
import { executePlan, throwFailure } from './execute.ts';
import { Informer } from './informer.ts';
import { LeaderElector } from './leader-elector.ts';
import { controllerOf, controllerReference } from './owner.ts';
import { planApply } from './plan.ts';
import { lead } from './testing/readme-example.ts';

const namespace = 'default';
const clock = systemClock;
let plane: ControlPlane;
let reference: KubeConfig;
let client: KubeClient;

beforeAll(async () => {
  const programs = new ProgramResolver({ env: process.env, clock, progress: () => undefined });
  plane = await ControlPlane.start({ programs, clock });
  client = new KubeClient({
    connection: plane.as('controller', ['system:masters']),
    clock,
    userAgent: 'controller-test',
  });
  reference = new KubeConfig();
  reference.loadFromFile(plane.adminKubeconfig);
}, 120_000);

afterAll(async () => {
  await client?.[Symbol.asyncDispose]();
  await plane?.[Symbol.asyncDispose]();
}, 60_000);

/** Runs `start` until disposed. */
function run(start: (signal: AbortSignal) => Promise<void>): AsyncDisposable {
  const abort = new AbortController();
  const running = start(abort.signal);
  return {
    [Symbol.asyncDispose]: async () => {
      abort.abort();
      await running;
    },
  };
}

function configMaps(labelSelector?: string): Informer<ConfigMap> {
  return new Informer<ConfigMap>({
    ...{ client, type: resources.configMaps, namespace, clock, logger: silentLogger, pageSize: 7 },
    ...(labelSelector === undefined ? {} : { labelSelector }),
  });
}

async function create(
  name: string,
  data: Record<string, string>,
  labels: Record<string, string> = {},
): Promise<ConfigMap> {
  const created = await reference
    .makeApiClient(CoreV1Api)
    .createNamespacedConfigMap({ namespace, body: { metadata: { name, labels }, data } });
  return created as unknown as ConfigMap;
}

async function referenceList(labelSelector?: string): Promise<unknown> {
  const core = reference.makeApiClient(CoreV1Api);
  const { items } = await core.listNamespacedConfigMap({
    namespace,
    ...(labelSelector ? { labelSelector } : {}),
  });
  return Object.fromEntries(items.map(({ metadata, data }) => [`${namespace}/${metadata?.name}`, data]));
}

function cached(informer: Informer<ConfigMap>): unknown {
  const byKey = [...informer.list()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return Object.fromEntries(byKey.map((object) => [keyOf(object), object.data]));
}

async function agrees(informer: Informer<ConfigMap>, labelSelector?: string): Promise<void> {
  const wanted = JSON.stringify(await referenceList(labelSelector));
  await waitUntil('the cache', () => JSON.stringify(cached(informer)) === wanted, { clock, intervalMs: 20 });
}

test('the cache agrees with what an independent client reads, through changes and a restart of the API server', async () => {
  const core = reference.makeApiClient(CoreV1Api);
  for (let i = 10; i < 40; i++) await create(`c${i}`, { v: '0' });
  const informer = configMaps();
  await using _ = run((signal) => informer.start(signal));
  await informer.synced.until(Boolean);
  await agrees(informer);
  for (let i = 10; i < 20; i++) await core.deleteNamespacedConfigMap({ namespace, name: `c${i}` });
  await create('new', { v: '1' });
  await agrees(informer);
  await plane.stopApiServer();
  await informer.failure.until((failure) => failure !== undefined);
  await plane.startApiServer();
  await core.deleteNamespacedConfigMap({ namespace, name: 'c20' });
  await create('after', { v: '2' });
  await agrees(informer);
  expect(informer.list().every(({ metadata }) => metadata?.managedFields === undefined)).toBe(true);
}, 90_000);

test('a selected cache drops what no longer matches its selector', async () => {
  const informer = configMaps('group=x');
  await using _ = run((signal) => informer.start(signal));
  await create('in', { v: '1' }, { group: 'x' });
  await create('out', { v: '1' }, { group: 'y' });
  await informer.synced.until(Boolean);
  await agrees(informer, 'group=x');
  await client.patch(
    resources.configMaps,
    { namespace, name: 'in' },
    { metadata: { labels: { group: 'y' } } },
    { strategy: 'merge' },
  );
  await waitUntil('the object to leave', () => informer.size === 0, { clock, intervalMs: 20 });
});

/** A controller that keeps a copy of every ConfigMap labelled copy=yes. */
function copier(sources: Informer<ConfigMap>, copies: Informer<ConfigMap>, reconciled: string[]): Controller {
  return new Controller({
    ...{ name: 'copier', clock, logger: silentLogger },
    sources: [{ informer: sources }, { informer: copies, map: controllerOf(resources.configMaps) }],
    reconcile: async (key, signal) => {
      const original = sources.get(key);
      const { name } = parseKey(key);
      const copy = (of: ConfigMap): ConfigMap => ({
        ...{ apiVersion: 'v1', kind: 'ConfigMap', data: { ...of.data } },
        metadata: {
          ...{ name: `${name}-copy`, namespace, labels: { role: 'copy', of: name } },
          ownerReferences: [controllerReference(of, resources.configMaps)],
        },
      });
      const live = copies.list().filter(({ metadata }) => metadata?.labels?.of === name);
      const desired = original === undefined ? [] : [copy(original)];
      const actions = planApply({ desired, live, ownerLabels: { role: 'copy' } });
      throwFailure(await executePlan(client, actions, { fieldManager: 'copier', signal }));
      reconciled.push(key);
    },
  });
}

test('a controller makes, mends and removes what it owns, and writes nothing when nothing is to be done', async () => {
  const [sources, copies] = [configMaps('copy=yes'), configMaps('role=copy')];
  const reconciled: string[] = [];
  const controller = copier(sources, copies, reconciled);
  await using _sources = run((signal) => sources.start(signal));
  await using _copies = run((signal) => copies.start(signal));
  await using _controller = run((signal) => controller.start(signal));
  const core = reference.makeApiClient(CoreV1Api);
  const dataOf = async (name: string): Promise<unknown> =>
    (await core.readNamespacedConfigMap({ name, namespace })).data;
  const until = (what: string, check: () => Promise<boolean>): Promise<unknown> =>
    waitUntil(what, check, { clock, intervalMs: 20 });
  await create('original', { v: '1' }, { copy: 'yes' });
  await until('the copy', async () => JSON.stringify(await dataOf('original-copy')) === '{"v":"1"}');
  await client.patch(
    resources.configMaps,
    { namespace, name: 'original-copy' },
    { data: { v: 'drift' } },
    { strategy: 'merge' },
  );
  await until('the repair', async () => JSON.stringify(await dataOf('original-copy')) === '{"v":"1"}');
  await until('quiet', async () => copies.get('default/original-copy')?.data?.v === '1');
  const before = await writes();
  const count = reconciled.length;
  for (let i = 1; i <= 50; i++) {
    controller.enqueue('default/original');
    await until('the reconcile', async () => reconciled.length >= count + i);
  }
  expect(await writes()).toBe(before);
  await core.deleteNamespacedConfigMap({ namespace, name: 'original' });
  await until('the copy to go', () =>
    dataOf('original-copy').then(
      () => false,
      () => true,
    ),
  );
}, 60_000);

/** Writes of our client that reached the API server, from its audit log. */
async function writes(): Promise<number> {
  const events = await plane.auditEvents({ user: (name) => name === 'controller' });
  return events.filter(({ verb }) => !['get', 'list', 'watch'].includes(verb)).length;
}

test('the example of the README keeps its promise', async () => {
  await using _ = run((signal) => lead(client, clock, silentLogger, signal));
  const key = { name: 'hall' };
  await client.create(resources.namespaces, { metadata: { ...key, annotations: { greeting: 'hello' } } });
  const greeting = (): Promise<ConfigMap> =>
    client.get<ConfigMap>(resources.configMaps, { namespace: 'hall', name: 'greeting' });
  const until = (text: string | undefined): Promise<unknown> =>
    waitUntil(`greeting ${text}`, async () => (await ignoreNotFound(greeting()))?.data?.text === text, {
      clock,
    });
  await until('hello');
  const say = (greeting: string | null): Promise<unknown> =>
    client.patch(
      resources.namespaces,
      key,
      { metadata: { annotations: { greeting } } },
      { strategy: 'merge' },
    );
  await say('good day');
  await until('good day');
  await say(null);
  await until(undefined);
}, 60_000);

function elector(identity: string): LeaderElector {
  return new LeaderElector({
    ...{ client, clock, logger: silentLogger, namespace, name: 'operator', identity },
    ...{ leaseDurationMs: 3000, renewDeadlineMs: 2000, retryPeriodMs: 300 },
  });
}

test('one replica leads by a real lease, hands over when it stops, and steps down when the API server is away', async () => {
  const leases = reference.makeApiClient(CoordinationV1Api);
  const [first, second] = [elector('first'), elector('second')];
  const stopFirst = new AbortController();
  const running = first.run(stopFirst.signal, aborted);
  await first.leading.until(Boolean);
  await using _second = run((signal) => second.run(signal, aborted));
  const lease = await leases.readNamespacedLease({ namespace, name: 'operator' });
  expect(lease.spec).toMatchObject({ holderIdentity: 'first', leaseDurationSeconds: 3 });
  expect(second.leading.value).toBe(false);
  stopFirst.abort();
  await running;
  await second.leading.until(Boolean);
  const taken = await leases.readNamespacedLease({ namespace, name: 'operator' });
  expect(taken.spec).toMatchObject({ holderIdentity: 'second', leaseTransitions: 1 });
  await plane.stopApiServer();
  await second.leading.until((leading) => !leading);
  await plane.startApiServer();
  await second.leading.until(Boolean);
}, 90_000);
