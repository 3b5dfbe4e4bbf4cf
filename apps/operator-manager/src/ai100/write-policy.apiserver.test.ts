import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type AidaptivCache,
  type AidaptivCacheNode,
  aidaptivCacheNodes,
  aidaptivCaches,
} from '@rackwright/api';
import { type Event, isKubeError, type KubeClient, type Lease, resources } from '@rackwright/kube';
import { CacheEnvironment, namespace } from './testing/cache-environment.ts';

let testEnv: CacheEnvironment;
/** The device plugin on node `worker`. */
let agent: KubeClient;
let nodeUid: string;

const account = 'aidaptivcache-device-plugin';
const fieldManager = 'plugin';

beforeAll(async () => {
  testEnv = await CacheEnvironment.start();
  for (const name of ['worker', 'worker-2']) await testEnv.addNode(name);
  nodeUid = (await testEnv.node('worker')).metadata?.uid ?? '';
  await testEnv.admin.create(resources.serviceAccounts, { metadata: { name: account, namespace } });
  await allowEverything();
  agent = await testEnv.agent('worker');
  // The API server takes a moment to compile a new policy.
  const refused = async () => (await refusal(agent.create(aidaptivCacheNodes, report('nobodys')))) !== '';
  await testEnv.until('the policy of the device plugins', refused);
}, 120_000);

afterAll(async () => await testEnv?.[Symbol.asyncDispose]());

/** So that a refusal is the policy's: the plugin's own role would hide what the policy lets through. */
async function allowEverything(): Promise<void> {
  const name = 'everything';
  const rule = (group: string, ...names: string[]) => ({
    ...{ apiGroups: [group], resources: names, verbs: ['*'] },
  });
  const rules = [
    rule('operators.phison.com', 'aidaptivcachenodes', 'aidaptivcachenodes/status'),
    rule('coordination.k8s.io', 'leases'),
    rule('events.k8s.io', 'events'),
  ];
  await testEnv.admin.create(resources.clusterRoles, { metadata: { name }, rules });
  await testEnv.admin.create(resources.clusterRoleBindings, {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [{ kind: 'ServiceAccount', name: account, namespace }],
  });
}

/** What the policy says; empty when the API server took the request. */
async function refusal(writing: Promise<unknown>): Promise<string> {
  return writing.then(
    () => '',
    (error: unknown) => {
      if (isKubeError(error, 422) && error.message.includes('denied request')) return error.message;
      throw error;
    },
  );
}

type Metadata = NonNullable<AidaptivCacheNode['metadata']>;
type Owner = NonNullable<Metadata['ownerReferences']>[number];

const ownNode = (): Owner => ({ apiVersion: 'v1', kind: 'Node', name: 'worker', uid: nodeUid });

function report(name = 'worker', metadata: Metadata = {}): AidaptivCacheNode {
  return { metadata: { name, ...metadata } };
}

describe('a device plugin', () => {
  test('makes the AidaptivCacheNode of its node, gives it to its Node and reports in it', async () => {
    const owned = report('worker', { ownerReferences: [ownNode()] });
    await agent.apply(aidaptivCacheNodes, owned, { fieldManager });
    const status = { heartbeatTime: new Date().toISOString(), units: { capacity: 2, healthy: 2 } };
    const options = { fieldManager, subresource: 'status' as const };
    await agent.apply(aidaptivCacheNodes, { ...report(), status }, options);
    const stored = await testEnv.admin.get(aidaptivCacheNodes, { name: 'worker' });
    expect(stored).toMatchObject({ metadata: { ownerReferences: [ownNode()] }, status });
  });

  test('hands it to its Node when that was made anew', async () => {
    const later = { ...ownNode(), uid: '7b2f5c0e-0000-4000-8000-000000000000' };
    for (const owner of [later, ownNode()])
      await agent.apply(aidaptivCacheNodes, report('worker', { ownerReferences: [owner] }), { fieldManager });
  });

  test('leaves labels that people gave it as they are', async () => {
    const labels = { rack: 'a' };
    await testEnv.admin.apply(aidaptivCacheNodes, report('worker', { labels }), { fieldManager: 'admin' });
    await agent.apply(aidaptivCacheNodes, report('worker', { ownerReferences: [ownNode()] }), {
      fieldManager,
    });
    const merge = { strategy: 'merge' } as const;
    const patch = { metadata: { labels: { rack: null } } };
    expect(await refusal(agent.patch(aidaptivCacheNodes, { name: 'worker' }, patch, merge))).toContain(
      'metadata.labels',
    );
  });

  test.each<[string, () => Metadata, string]>([
    ['a finalizer', () => ({ finalizers: ['example.com/hold'] }), 'metadata.finalizers'],
    ['an annotation', () => ({ annotations: { a: 'b' } }), 'metadata.annotations'],
    ['a label', () => ({ labels: { zone: 'b' } }), 'metadata.labels'],
    [
      'another Node as owner',
      () => ({ ownerReferences: [{ ...ownNode(), name: 'worker-2' }] }),
      'metadata.ownerReferences',
    ],
    [
      'an owner of another kind',
      () => ({ ownerReferences: [{ ...ownNode(), kind: 'Pod' }] }),
      'metadata.ownerReferences',
    ],
    [
      'an owner that waits for it to be gone',
      () => ({ ownerReferences: [{ ...ownNode(), blockOwnerDeletion: true }] }),
      'metadata.ownerReferences',
    ],
  ])('gives its AidaptivCacheNode not %s', async (_, metadata, field) => {
    const writing = agent.apply(aidaptivCacheNodes, report('worker', metadata()), { fieldManager: 'other' });
    expect(await refusal(writing)).toContain(field);
  });

  test('makes, reports in and deletes no other AidaptivCacheNode, and does not delete its own', async () => {
    await testEnv.reportFrom('worker-2', {});
    const mine = 'may write no AidaptivCacheNode but worker';
    const status = { units: { capacity: 9, healthy: 9 } };
    const options = { fieldManager, subresource: 'status' as const };
    const writes = [
      () => agent.create(aidaptivCacheNodes, report('worker-3')),
      () => agent.apply(aidaptivCacheNodes, report('worker-2'), { fieldManager }),
      () => agent.apply(aidaptivCacheNodes, { ...report('worker-2'), status }, options),
      () => agent.delete(aidaptivCacheNodes, { name: 'worker-2' }),
      () => agent.delete(aidaptivCacheNodes, { name: 'worker' }),
    ];
    for (const write of writes) expect(await refusal(write())).toContain(mine);
  });

  test('writes nothing with a token that names no node', async () => {
    const stranger = await testEnv.stranger();
    expect(await refusal(stranger.apply(aidaptivCacheNodes, report(), { fieldManager }))).toContain(
      'must use the token of its own pod',
    );
  });
});

describe('a permit to reset drives', () => {
  const held = { holderIdentity: 'worker', leaseDurationSeconds: 600 };
  const lease = (name: string, spec: Lease['spec'] = held, metadata: Metadata = {}): Lease => ({
    metadata: { name, namespace, ...metadata },
    spec,
  });

  test('is taken, given back, and taken over from another node', async () => {
    const first = await agent.create(resources.leases, lease('ai100-recovery-0'));
    const released = { holderIdentity: '', leaseDurationSeconds: 1 };
    const free = await agent.update(resources.leases, { ...first, spec: released });
    const foreign = { ...held, holderIdentity: 'worker-2' };
    const taken = await testEnv.admin.update(resources.leases, { ...free, spec: foreign });
    await agent.update(resources.leases, { ...taken, spec: held });
  });

  test.each<[string, Lease, string]>([
    ['of another name', lease('leader'), 'named ai100-recovery-N'],
    ['of a number there is not', lease('ai100-recovery-100'), 'named ai100-recovery-N'],
    ['for another node', lease('ai100-recovery-1', { ...held, holderIdentity: 'worker-2' }), 'its own node'],
    ['for a day', lease('ai100-recovery-1', { ...held, leaseDurationSeconds: 86_400 }), '600 seconds'],
    ['that stays', lease('ai100-recovery-1', held, { finalizers: ['a.b/c'] }), 'metadata.finalizers'],
    ['with a label', lease('ai100-recovery-1', held, { labels: { a: 'b' } }), 'metadata.labels'],
  ])('%s is refused', async (_, object, why) => {
    expect(await refusal(agent.create(resources.leases, object))).toContain(why);
  });

  test('is not deleted', async () => {
    const key = { namespace, name: 'ai100-recovery-0' };
    expect(await refusal(agent.delete(resources.leases, key))).toContain('delete none');
  });
});

describe('an event of a device plugin', () => {
  let events = 0;
  function event(regarding: NonNullable<Event['regarding']>, changes: Partial<Event> = {}): Event {
    return {
      metadata: { name: `worker.${events++}`, namespace: 'default' },
      ...{ reportingController: 'ai100-device-plugin', reportingInstance: 'worker' },
      ...{ eventTime: new Date().toISOString().replace('Z', '000Z'), type: 'Warning' },
      ...{ reason: 'AI100Unhealthy', action: 'Report', note: 'a drive failed', regarding },
      ...changes,
    };
  }
  const about = (kind: string, name: string) => ({ apiVersion: 'v1', kind, name });

  test('is about its Node', async () => {
    await agent.create(resources.events, event(about('Node', 'worker')));
  });

  test.each([
    ['about another Node', event(about('Node', 'worker-2')), 'regarding its Node'],
    ['about a Pod', event(about('Pod', 'worker')), 'regarding its Node'],
    [
      'in the name of the kubelet',
      event(about('Node', 'worker'), { reportingController: 'kubelet' }),
      'no events but its own',
    ],
    [
      'in the name of another node',
      event(about('Node', 'worker'), { reportingInstance: 'worker-2' }),
      'no events but its own',
    ],
  ])('%s is refused', async (_, object, why) => {
    expect(await refusal(agent.create(resources.events, object))).toContain(why);
  });
});

describe('of a Node the operator', () => {
  const key = { name: 'worker-2' };
  const merge = { strategy: 'merge' } as const;
  const foreign = { key: 'hpc', effect: 'NoSchedule' };
  const own = { key: 'phison.com/ai100-unhealthy', effect: 'NoExecute' };
  const write = (patch: object, subresource?: 'status') =>
    testEnv.client.patch(resources.nodes, key, patch, { ...merge, ...(subresource && { subresource }) });

  beforeAll(async () => {
    await testEnv.admin.patch(resources.nodes, key, { spec: { taints: [foreign] } }, merge);
  });

  test('writes its taint, its label and its conditions, and takes them back', async () => {
    const conditions = [{ type: 'AI100DeviceProblem', status: 'True', reason: 'R', message: 'm' }];
    await write({ metadata: { labels: { 'phison.com/ai100.health': 'unhealthy' } } });
    await write({ spec: { taints: [foreign, own] } });
    await write({ status: { conditions } }, 'status');
    await write({ status: { conditions: [] } }, 'status');
    await write({ spec: { taints: [foreign] } });
    await write({ metadata: { labels: { 'phison.com/ai100.health': null } } });
  });

  test.each<[string, object, 'status' | undefined, string]>([
    ['a taint of others', { spec: { taints: [foreign, { ...foreign, key: 'x' }] } }, undefined, 'taints[x]'],
    ['no taint of others', { spec: { taints: [own] } }, undefined, 'spec.taints[hpc]'],
    [
      'another effect of theirs',
      { spec: { taints: [{ ...foreign, effect: 'NoExecute' }] } },
      undefined,
      'hpc',
    ],
    ['a cordon', { spec: { unschedulable: true } }, undefined, 'spec.unschedulable'],
    [
      'the label that agents follow',
      { metadata: { labels: { 'phison.com/ai100-present': null } } },
      undefined,
      'metadata.labels[phison.com/ai100-present]',
    ],
    [
      'what only people may allow',
      { metadata: { annotations: { 'phison.com/ai100-allow-init': 'S1' } } },
      undefined,
      'metadata.annotations',
    ],
    ['a finalizer', { metadata: { finalizers: ['a.b/c'] } }, undefined, 'metadata.finalizers'],
    [
      'a condition of the kubelet',
      { status: { conditions: [{ type: 'Ready', status: 'False', reason: 'R', message: 'm' }] } },
      'status',
      'status.conditions[Ready]',
    ],
    ['more room', { status: { capacity: { 'phison.com/ai100': '64' } } }, 'status', 'status.capacity'],
  ])('writes not %s', async (_, patch, subresource, field) => {
    expect(await refusal(write(patch, subresource))).toContain(field);
  });
});

describe('of AidaptivCaches the operator', () => {
  const key = { name: 'default' };
  const kind = { apiVersion: 'operators.phison.com/v1beta1', kind: 'AidaptivCache' };
  const made = { labels: { 'app.kubernetes.io/managed-by': 'phisondeviceoperator' } };
  const merge = { strategy: 'merge' } as const;
  const cache = (metadata: Metadata = {}): AidaptivCache =>
    ({ ...kind, metadata: { ...key, ...metadata }, spec: {} }) as unknown as AidaptivCache;
  const patch = (changes: object) => testEnv.client.patch(aidaptivCaches, key, changes, merge);

  test('makes one of a PhisonDeviceOperator, changes it and takes it away', async () => {
    await testEnv.client.apply(aidaptivCaches, cache(made), { fieldManager: 'older' });
    await patch({ spec: { exporter: { port: 9300 } } });
    await testEnv.client.delete(aidaptivCaches, key);
    await testEnv.until('it to be gone', async () => (await testEnv.cache()) === undefined);
  });

  test('makes no other, and leaves what people ask for to them', async () => {
    const making = testEnv.client.apply(aidaptivCaches, cache(), { fieldManager: 'older' });
    expect(await refusal(making)).toContain('may make no AidaptivCache but of a PhisonDeviceOperator');
    await testEnv.create();
    await patch({ metadata: { annotations: { 'rackwright.io/operator': null } } });
    const changes = [
      [{ spec: { exporter: { port: 9300 } } }, 'not spec'],
      [{ metadata: made }, 'not metadata.labels'],
      [{ metadata: { annotations: { a: 'b' } } }, 'not metadata.annotations[a]'],
    ] as const;
    for (const [change, field] of changes) expect(await refusal(patch(change))).toContain(field);
    expect(await refusal(testEnv.client.delete(aidaptivCaches, key))).toContain(
      'may delete no AidaptivCache',
    );
    await testEnv.admin.delete(aidaptivCaches, key);
  });
});
