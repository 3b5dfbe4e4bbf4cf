import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { isKubeError, type KubeClient, type KubeError, type Node, resources } from '@rackwright/kube';
import fc from 'fast-check';
import { PolicyEnvironment } from '../../testing/policy-environment.ts';
import { type Attack, allowed, attacks, seed } from './node-attacks.test-data.ts';

let testEnv: PolicyEnvironment;
/** A driver agent on node `worker`, with the token of its pod. */
let agent: KubeClient;
/** The Node as it was before the test. */
let before: Node;

beforeAll(async () => {
  testEnv = await PolicyEnvironment.start();
  for (const name of ['worker', 'worker-2']) await createNode(name);
  agent = await testEnv.agent('worker');
}, 120_000);

afterAll(async () => await testEnv?.[Symbol.asyncDispose]());

beforeEach(async () => {
  before = await testEnv.admin.get(resources.nodes, { name: 'worker' });
});

afterEach(restore);

async function createNode(name: string): Promise<void> {
  const { status, ...rest } = seed;
  await testEnv.admin.create(resources.nodes, { ...rest, metadata: { ...rest.metadata, name } } as Node);
  const options = { strategy: 'merge', subresource: 'status' } as const;
  await testEnv.admin.patch(resources.nodes, { name }, { status }, options);
}

/** Undoes what an agent was let do, so that each test finds the same Node. */
async function restore(): Promise<void> {
  const { resourceVersion: _, managedFields: __, ...metadata } = before.metadata ?? {};
  await testEnv.admin.update(resources.nodes, { ...before, metadata });
  await testEnv.admin.update(resources.nodes, { ...before, metadata }, { subresource: 'status' });
}

type Subresource = 'status' | undefined;
type Write = (attack: Attack, subresource: Subresource) => Promise<unknown>;

const key = { name: 'worker' };

/** Every request that writes an object that exists. */
const writes: Readonly<Record<string, Write>> = {
  update: async (attack, subresource) =>
    await agent.update(
      resources.nodes,
      changed(await stored(), [attack]),
      subresource ? { subresource } : {},
    ),
  'merge patch': (attack, subresource) => patch('merge', nested(attack, null), subresource),
  'strategic merge patch': (attack, subresource) => patch('strategic', nested(attack, null), subresource),
  'JSON patch': ({ path, value }, subresource) => {
    const pointer = path.map((name) => `/${name.replaceAll('/', '~1')}`).join('');
    const step = value === undefined ? { op: 'remove', path: pointer } : { op: 'add', path: pointer, value };
    return patch('json', [step], subresource);
  },
  apply: (attack, subresource) => {
    const { metadata, ...rest } = nested(attack) as Node;
    const object = { ...rest, metadata: { ...metadata, ...key } };
    return agent.apply(resources.nodes, object, {
      fieldManager: 'agent',
      ...(subresource && { subresource }),
    });
  },
};

function patch(strategy: 'merge' | 'strategic' | 'json', body: unknown, subresource: Subresource) {
  return agent.patch(resources.nodes, key, body, { strategy, ...(subresource && { subresource }) });
}

/** An object with nothing but the value at its path. */
function nested({ path, value }: Attack, absent?: null): Record<string, unknown> {
  const found = value === undefined ? absent : value;
  return path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), found) as Record<string, unknown>;
}

/** The object with changes. */
function changed(object: Node, changes: readonly Attack[]): Node {
  const copy = structuredClone(object);
  for (const { path, value } of changes) {
    let place = copy as Record<string, unknown>;
    for (const name of path.slice(0, -1)) {
      place[name] = { ...(place[name] as object | undefined) };
      place = place[name] as Record<string, unknown>;
    }
    const last = path.at(-1) ?? '';
    if (value === undefined) delete place[last];
    else place[last] = value;
  }
  return copy;
}

/** The Node without what every write changes. */
async function stored(): Promise<Node> {
  const { metadata, ...rest } = await testEnv.admin.get(resources.nodes, key);
  const { resourceVersion: _, managedFields: __, ...kept } = metadata ?? {};
  return { ...rest, metadata: kept };
}

/** The refusal, or undefined when the server took the request. */
async function refusal(writing: Promise<unknown>): Promise<KubeError | undefined> {
  return await writing.then(
    () => undefined,
    (error: unknown) => {
      if (isKubeError(error)) return error;
      throw error;
    },
  );
}

describe('a driver agent may not give its Node', () => {
  describe.each(['nodes', 'nodes/status'])('through %s', (resource) => {
    test.each(Object.entries(attacks))('%s', async (_, attack) => {
      const subresource = resource === 'nodes' ? undefined : 'status';
      const old = await stored();
      for (const [method, write] of Object.entries(writes)) {
        const refused = await refusal(write(attack, subresource));
        // The server itself leaves out what does not belong to a subresource, and refuses some changes of its own accord.
        const named = [attack.field, attack.path.join('.')].some((field) => refused?.message.includes(field));
        expect([method, refused?.message, named]).toEqual([method, refused?.message, refused !== undefined]);
        expect([method, await stored()]).toEqual([method, old]);
      }
      const belongs =
        attack.path[0] === 'metadata' || (attack.path[0] === 'status') === (resource !== 'nodes');
      const update = await refusal((writes.update as Write)(attack, subresource));
      if (belongs && !dropped.includes(attack.field)) expect(update).toMatchObject({ status: 422 });
    });
  });
});

/** Fields the API server no longer stores, or not without a feature gate. */
const dropped = ['status.config', 'spec.configSource', 'status.declaredFeatures'];

describe('a driver agent may', () => {
  test('label its own Node, take its labels back and set its condition, by apply and by patch', async () => {
    const labels = { 'slingshot.hpe.com/cxi-present': 'true', 'slingshot.hpe.com/cxi0-switch-id': '3' };
    const options = { fieldManager: 'agent' };
    await expect(
      agent.apply(resources.nodes, { metadata: { ...key, labels } }, options),
    ).resolves.toMatchObject({
      metadata: { labels: { zone: 'a', ...labels } },
    });
    await agent.apply(resources.nodes, { metadata: key }, options);
    const conditions = [{ type: 'SlingshotRebootRequired', status: 'False' as const }];
    const object = { metadata: key, status: { conditions } };
    await agent.apply(resources.nodes, object, { ...options, subresource: 'status' });
    await patch('merge', { metadata: { labels: { 'slingshot.hpe.com/device-count': '2' } } }, undefined);
    await patch('merge', { metadata: { labels: { 'slingshot.hpe.com/device-count': null } } }, undefined);
  });

  test('write a Node as large as a busy node’s', async () => {
    const images = Array.from({ length: 200 }, (_, i) => ({
      names: Array.from(
        { length: 5 },
        (__, k) => `registry.test/team-${i}/${'image'.repeat(20)}@sha256:${k}`,
      ),
      sizeBytes: i,
    }));
    const labels = Object.fromEntries(
      Array.from({ length: 400 }, (_, i) => [`example.com/label-${i}`, `value-${i}`]),
    );
    const annotations = { big: 'x'.repeat(100_000) };
    const conditions = Array.from({ length: 60 }, (_, i) => ({ type: `Problem${i}`, status: 'False' }));
    const volumesInUse = Array.from({ length: 200 }, (_, i) => `kubernetes.io/csi/driver^volume-${i}`);
    await testEnv.admin.patch(
      resources.nodes,
      key,
      { metadata: { labels, annotations } },
      { strategy: 'merge' },
    );
    const status = { images, conditions, volumesInUse };
    await testEnv.admin.patch(resources.nodes, key, { status }, { strategy: 'merge', subresource: 'status' });
    const own = { 'slingshot.hpe.com/cxi-present': 'true' };
    await agent.apply(resources.nodes, { metadata: { ...key, labels: own } }, { fieldManager: 'agent' });
  }, 30_000);

  test('change any of what is allowed and nothing else, in any combination', async () => {
    const refusable = Object.values(attacks).filter(
      ({ field }) => !dropped.includes(field) && !field.startsWith('spec.'),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.subarray([...allowed]),
        fc.oneof(fc.constant([]), fc.subarray(refusable, { maxLength: 2 })),
        async (good, bad) => {
          const attempt = agent.update(resources.nodes, changed(before, [...good, ...bad]), {
            subresource: 'status',
          });
          const refused = await refusal(attempt);
          expect(refused?.status).toBe(bad.length === 0 ? undefined : 422);
          if (bad.length === 0) await restore();
          before = await testEnv.admin.get(resources.nodes, key);
        },
      ),
      { numRuns: 150 },
    );
  }, 120_000);
});

describe('a driver agent may not', () => {
  test('touch another Node', async () => {
    const object = { metadata: { name: 'worker-2', labels: { 'slingshot.hpe.com/cxi-present': 'true' } } };
    const writing = agent.apply(resources.nodes, object, { fieldManager: 'agent' });
    await expect(writing).rejects.toMatchObject({
      status: 422,
      message: expect.stringContaining('may change no Node but worker'),
    });
  });

  test('make or delete a Node, even its own', async () => {
    const writes = [
      agent.create(resources.nodes, { metadata: { name: 'worker-3' } }),
      agent.apply(resources.nodes, { metadata: { name: 'worker-3' } }, { fieldManager: 'agent' }),
      agent.delete(resources.nodes, key),
    ];
    await Promise.all(writes.map((writing) => expect(writing).rejects.toMatchObject({ status: 422 })));
  });

  test('give its Node a condition twice', async () => {
    const own = { type: 'SlingshotRebootRequired', status: 'True' };
    const path = '/status/conditions/-';
    const steps = [own, { ...own, status: 'False' }].map((value) => ({ op: 'add', path, value }));
    await expect(patch('json', steps, 'status')).rejects.toMatchObject({
      message: expect.stringContaining('status.conditions[SlingshotRebootRequired]'),
    });
  });

  test('take labels of others off through their field manager', async () => {
    const labels = { pool: 'gpu' };
    await testEnv.admin.apply(
      resources.nodes,
      { metadata: { ...key, labels } },
      { fieldManager: 'discovery' },
    );
    const writing = agent.apply(resources.nodes, { metadata: key }, { fieldManager: 'discovery' });
    await expect(writing).rejects.toMatchObject({
      message: expect.stringContaining('metadata.labels[pool]'),
    });
  });
});

test('every field this API server knows of a Node is tried above', async () => {
  const schemas = await openApi();
  const fields = (type: string, prefix: string): string[] =>
    Object.keys(schemas[type]?.properties ?? {}).map((name) => `${prefix}${name}`);
  const core = 'io.k8s.api.core.v1.';
  const known = [
    ...fields(`${core}NodeSpec`, 'spec.'),
    ...fields(`${core}NodeStatus`, 'status.'),
    ...fields('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta', 'metadata.'),
  ];
  const tried = new Set(Object.values(attacks).map(({ field }) => field.replace(/\[.*/, '')));
  expect(known.length).toBeGreaterThan(30);
  expect(known.filter((field) => !tried.has(field) && !serverFields.includes(field))).toEqual([]);
  expect(fields(`${core}Node`, '').sort()).toEqual(['apiVersion', 'kind', 'metadata', 'spec', 'status']);
});

/** What the API server fills in itself and lets no client change. */
const serverFields = [
  ...['name', 'namespace', 'uid', 'selfLink', 'resourceVersion', 'generation', 'creationTimestamp'],
  ...['deletionTimestamp', 'deletionGracePeriodSeconds', 'managedFields'],
].map((name) => `metadata.${name}`);

async function openApi(): Promise<Record<string, { properties?: Record<string, unknown> }>> {
  const document = await testEnv.admin.request<{
    components: { schemas: Record<string, { properties?: Record<string, unknown> }> };
  }>('GET', '/openapi/v3/api/v1');
  return document.components.schemas;
}

test('nobody else is held up by the policy', async () => {
  const metadata = { name: 'worker-2', labels: { pool: 'gpu' }, annotations: { a: 'b' } };
  await testEnv.admin.apply(resources.nodes, { metadata }, { fieldManager: 'admin' });
});
