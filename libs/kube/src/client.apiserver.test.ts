import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CoreV1Api, EventsV1Api, KubeConfig, Watch } from '@kubernetes/client-node';
import { silentLogger, systemClock } from '@rackwright/core';
import { ControlPlane, ProgramResolver, TcpProxy, waitUntil } from '@rackwright/testbed/without-nodes';
import { KubeClient } from './client.ts';
import { isGone, KubeError } from './error.ts';
import { EventRecorder } from './event-recorder.ts';
import { resources } from './resources.ts';
import type { ConfigMap, Pod } from './types/index.ts';
import type { WatchEvent } from './watch.ts';

const namespace = 'default';
let plane: ControlPlane;
let client: KubeClient;
/** An independent client that reads what ours wrote, and the reverse. */
let reference: KubeConfig;

beforeAll(async () => {
  const programs = new ProgramResolver({ env: process.env, clock: systemClock, progress: () => undefined });
  plane = await ControlPlane.start({ programs, clock: systemClock });
  client = new KubeClient({ connection: plane.admin(), clock: systemClock, userAgent: 'kube-test/1' });
  reference = new KubeConfig();
  reference.loadFromFile(plane.adminKubeconfig);
}, 120_000);

afterAll(async () => {
  await client?.[Symbol.asyncDispose]();
  await plane?.[Symbol.asyncDispose]();
}, 60_000);

async function failure(work: Promise<unknown>): Promise<KubeError> {
  const error = await work.catch((reason: unknown) => reason);
  if (!(error instanceof KubeError)) throw new Error(`expected a KubeError, got ${String(error)}`);
  return error;
}

function configMap(name: string, data: Record<string, string>): ConfigMap {
  return { metadata: { name, namespace }, data };
}

test('what we create, apply, patch, update and delete is what another client reads', async () => {
  const core = reference.makeApiClient(CoreV1Api);
  const read = async (): Promise<Record<string, string> | undefined> =>
    (await core.readNamespacedConfigMap({ name: 'verbs', namespace })).data;
  await client.create(resources.configMaps, configMap('verbs', { a: '1' }));
  expect(await read()).toEqual({ a: '1' });
  await client.apply(resources.configMaps, configMap('verbs', { b: '' }), { fieldManager: 'tester' });
  expect(await read()).toEqual({ a: '1', b: '' });
  const key = { namespace, name: 'verbs' };
  await client.patch(resources.configMaps, key, { data: { a: null } }, { strategy: 'merge' });
  expect(await read()).toEqual({ b: '' });
  const json = [{ op: 'add', path: '/data/c', value: '3' }];
  await client.patch(resources.configMaps, key, json, { strategy: 'json' });
  await client.patch(resources.configMaps, key, { data: { d: '4' } }, { strategy: 'strategic' });
  const current = await client.get(resources.configMaps, key);
  expect(current.data).toEqual({ b: '', c: '3', d: '4' });
  await client.update(resources.configMaps, { ...current, data: { e: '5' } });
  expect(await read()).toEqual({ e: '5' });
  const stale = await failure(client.update(resources.configMaps, { ...current, data: {} }));
  expect(stale).toMatchObject({ code: 'Conflict', status: 409 });
  await client.delete(resources.configMaps, key);
  expect((await failure(client.get(resources.configMaps, key))).code).toBe('NotFound');
});

test('of a Secret whose metadata is asked for nothing comes that it keeps', async () => {
  const key = { namespace, name: 'kept' };
  const secret = await client.create(resources.secrets, { metadata: key, stringData: { password: 'x' } });
  const metadata = await client.getMetadata(resources.secrets, key);
  expect(metadata).toEqual(secret.metadata);
  const path = `/api/v1/namespaces/${namespace}/secrets/kept`;
  const accept = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
  expect(Object.keys(await client.request<object>('GET', path, { accept })).sort()).toEqual([
    ...['apiVersion', 'kind', 'metadata'],
  ]);
  const none = client.getMetadata(resources.secrets, { namespace, name: 'none' });
  expect((await failure(none)).code).toBe('NotFound');
});

test('an apply of fewer fields removes what this manager no longer wants, and nobody else’s', async () => {
  const key = { namespace, name: 'shared' };
  await client.apply(resources.configMaps, configMap('shared', { mine: '1', gone: '1' }), {
    fieldManager: 'us',
  });
  await client.apply(resources.configMaps, configMap('shared', { theirs: '1' }), { fieldManager: 'them' });
  await client.apply(resources.configMaps, configMap('shared', { mine: '2' }), { fieldManager: 'us' });
  expect((await client.get(resources.configMaps, key)).data).toEqual({ mine: '2', theirs: '1' });
  const refused = client.apply(resources.configMaps, configMap('shared', { theirs: '2' }), {
    fieldManager: 'us',
    force: false,
  });
  expect(await failure(refused)).toMatchObject({
    code: 'Conflict',
    message: expect.stringContaining('them'),
  });
});

test('creating what is there, and writing nonsense, say so', async () => {
  await client.create(resources.configMaps, configMap('twice', {}));
  const twice = await failure(client.create(resources.configMaps, configMap('twice', {})));
  expect(twice).toMatchObject({ code: 'AlreadyExists', status: 409, reason: 'AlreadyExists' });
  const bad = await failure(client.create(resources.configMaps, configMap('Not_A_Name', {})));
  expect(bad).toMatchObject({ code: 'InvalidArgument', status: 422, field: 'metadata.name' });
});

test('small pages give the same list as one', async () => {
  for (let i = 0; i < 25; i++) await client.create(resources.configMaps, configMap(`page-${i}`, {}));
  const names = async (pageSize: number): Promise<unknown> =>
    (await client.list(resources.configMaps, { namespace, pageSize })).items.map(
      ({ metadata }) => metadata?.name,
    );
  expect(await names(4)).toEqual(await names(500));
});

async function follow(
  resourceVersion: string,
  until: (event: WatchEvent<ConfigMap>) => boolean,
  act: () => Promise<unknown>,
): Promise<string[]> {
  const abort = new AbortController();
  const seen: string[] = [];
  const events = client.watch<ConfigMap>(resources.configMaps, {
    ...{ namespace, resourceVersion, signal: abort.signal, fieldSelector: 'metadata.name=watched' },
    onOpen: () => void act(),
  });
  for await (const event of events) {
    seen.push(`${event.type} ${event.object.data?.v ?? ''}`);
    if (until(event)) break;
  }
  return seen;
}

test('a watch tells of every change, and one resumed from the version in between misses nothing', async () => {
  const { resourceVersion } = await client.list(resources.configMaps, { namespace });
  const key = { namespace, name: 'watched' };
  const core = reference.makeApiClient(CoreV1Api);
  const set = (v: string): Promise<ConfigMap> =>
    client.patch<ConfigMap>(resources.configMaps, key, { data: { v } }, { strategy: 'merge' });
  const all = await follow(
    resourceVersion,
    ({ type }) => type === 'DELETED',
    async () => {
      await core.createNamespacedConfigMap({
        namespace,
        body: { metadata: { name: key.name }, data: { v: '1' } },
      });
      await set('2');
      await set('3');
      await core.deleteNamespacedConfigMap(key);
    },
  );
  expect(all).toEqual(['ADDED 1', 'MODIFIED 2', 'MODIFIED 3', 'DELETED 3']);
  const again = await follow(
    resourceVersion,
    ({ type }) => type === 'DELETED',
    async () => undefined,
  );
  expect(again).toEqual(all);
});

test('a client-node watch sees our writes as we made them', async () => {
  const abort = new AbortController();
  const seen: string[] = [];
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  const request = await new Watch(reference).watch(
    path,
    { fieldSelector: 'metadata.name=for-reference' },
    (type: string, object: ConfigMap) => seen.push(`${type} ${object.data?.k ?? 'none'}`),
    () => undefined,
  );
  await client.apply(resources.configMaps, configMap('for-reference', { k: '1' }), { fieldManager: 'us' });
  await client.apply(resources.configMaps, configMap('for-reference', {}), { fieldManager: 'us' });
  await client.delete(resources.configMaps, { namespace, name: 'for-reference' });
  await waitUntil('three events', () => seen.length === 3, { clock: systemClock, intervalMs: 20 });
  expect(seen).toEqual(['ADDED 1', 'MODIFIED none', 'DELETED none']);
  request.abort();
  abort.abort();
});

test('a service account token works, and its holder may do nothing it was not granted', async () => {
  await client.create(resources.serviceAccounts, { metadata: { name: 'robot', namespace } });
  const { token, expirationTimestamp } = await client.createToken(
    { namespace, name: 'robot' },
    { expirationSeconds: 600 },
  );
  expect(Date.parse(expirationTimestamp)).toBeGreaterThan(Date.now());
  await using robot = new KubeClient({
    connection: { server: plane.server, credentials: () => Promise.resolve({ ca: plane.ca, token }) },
    clock: systemClock,
    userAgent: 'robot',
  });
  expect(await failure(robot.list(resources.nodes))).toMatchObject({
    code: 'Forbidden',
    status: 403,
    message: expect.stringContaining('system:serviceaccount:default:robot'),
  });
  expect(await robot.request<{ major: string }>('GET', '/version')).toMatchObject({ major: '1' });
});

test('a pod can be evicted, and a disruption budget forbids it', async () => {
  const pod = (name: string): Pod => ({
    metadata: { name, namespace, labels: { app: name } },
    spec: {
      containers: [{ name: 'c', image: 'i' }],
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
    },
  });
  await waitUntil(
    'the default service account',
    () =>
      client
        .get(resources.serviceAccounts, { namespace, name: 'default' })
        .catch(() => client.create(resources.serviceAccounts, { metadata: { name: 'default', namespace } })),
    { clock: systemClock },
  );
  await client.create(resources.pods, pod('leaves'));
  await client.evict({ namespace, name: 'leaves' });
  expect((await failure(client.get(resources.pods, { namespace, name: 'leaves' }))).code).toBe('NotFound');
  expect((await failure(client.evict({ namespace, name: 'leaves' }))).code).toBe('NotFound');
});

test('a field the schema does not know is warned about once', async () => {
  const warnings: unknown[] = [];
  await using loud = new KubeClient({
    connection: plane.admin(),
    clock: systemClock,
    userAgent: 'loud',
    logger: { ...silentLogger, warn: (_, fields) => void warnings.push(fields?.warning) },
  });
  const odd = { ...configMap('odd', {}), colour: 'red' };
  await loud.create(resources.configMaps, odd);
  await failure(loud.create(resources.configMaps, odd));
  expect(warnings).toEqual(['unknown field "colour"']);
});

test('events are accepted by the API server and counted in series', async () => {
  const recorder = new EventRecorder({
    client,
    clock: systemClock,
    logger: silentLogger,
    component: 'driver-agent',
    instance: 'tester',
  });
  const about = { apiVersion: 'v1', kind: 'Node', name: 'node-1' };
  const note = { type: 'Warning', reason: 'DeviceUnhealthy', message: 'cxi0: link is down' } as const;
  recorder.emit(about, note);
  await recorder.flush();
  recorder.emit(about, note);
  await recorder.flush();
  const events = reference.makeApiClient(EventsV1Api);
  const { items } = await events.listNamespacedEvent({ namespace, fieldSelector: 'reason=DeviceUnhealthy' });
  expect(items).toHaveLength(1);
  expect(items[0]).toMatchObject({
    note: 'cxi0: link is down',
    regarding: { kind: 'Node', name: 'node-1' },
    series: { count: 2 },
    reportingController: 'driver-agent',
  });
});

/** A client whose connections go through `proxy`. */
function through(proxy: TcpProxy): KubeClient {
  const admin = plane.admin();
  const connection = { server: proxy.url, credentials: () => admin.credentials() };
  return new KubeClient({ connection, clock: systemClock, userAgent: 'proxied' });
}

test('three hundred calls one after the other use one TLS connection', async () => {
  await using proxy = await TcpProxy.start(plane.server);
  await using fresh = through(proxy);
  for (let i = 0; i < 300; i++) await fresh.get(resources.namespaces, { name: namespace });
  expect(proxy.connections).toBe(1);
});

test('many calls at once share a limited number of connections', async () => {
  await using proxy = await TcpProxy.start(plane.server);
  await using fresh = through(proxy);
  const calls = Array.from({ length: 200 }, () => fresh.get(resources.namespaces, { name: namespace }));
  await Promise.all(calls);
  expect(proxy.connections).toBeLessThanOrEqual(32);
});

test('a watch whose connection is cut fails as unavailable, and the next call works', async () => {
  await using proxy = await TcpProxy.start(plane.server);
  await using fresh = through(proxy);
  const { resourceVersion } = await fresh.list(resources.configMaps, { namespace });
  const events = fresh.watch(resources.configMaps, {
    ...{ namespace, resourceVersion, signal: new AbortController().signal },
    onOpen: () => proxy.cut(),
  });
  expect(await failure(events.next())).toMatchObject({ code: 'Unavailable', status: 0 });
  await fresh.get(resources.namespaces, { name: namespace });
});

test('a certificate of an unknown authority is refused, and rotated files take effect without a restart', async () => {
  await using proxy = await TcpProxy.start(plane.server);
  const admin = await plane.admin().credentials();
  const stranger = (await plane.certificate({ commonName: 'stranger' })).cert;
  let ca = stranger;
  await using fresh = new KubeClient({
    connection: { server: proxy.url, credentials: () => Promise.resolve({ ...admin, ca }) },
    clock: systemClock,
    userAgent: 'rotating',
  });
  const get = (): Promise<unknown> => fresh.get(resources.namespaces, { name: namespace });
  expect(await failure(get())).toMatchObject({
    code: 'Unavailable',
    remedy: expect.stringContaining('certificate is trusted'),
  });
  ca = plane.ca;
  await get();
  const before = proxy.connections;
  const events = fresh.watch(resources.configMaps, {
    ...{ namespace, resourceVersion: '', signal: new AbortController().signal },
    onOpen: () => {
      ca = plane.ca + stranger;
    },
  });
  await events.next();
  await get();
  await get();
  expect(proxy.connections).toBe(before + 2);
  await client.create(resources.configMaps, configMap('after-rotation', {}));
  for await (const { object } of events) {
    if (object.metadata?.name === 'after-rotation') break;
  }
});

test('after a restart of the API server calls work, and versions from before are gone', async () => {
  await plane.stopApiServer();
  expect(await failure(client.request('GET', '/readyz'))).toMatchObject({ code: 'Unavailable', status: 0 });
  await plane.startApiServer();
  expect(await client.request('GET', '/readyz')).toBe('ok');
  const events = client.watch(resources.configMaps, {
    resourceVersion: '1',
    signal: AbortSignal.timeout(30_000),
  });
  expect(isGone(await failure(events.next()))).toBe(true);
}, 60_000);
