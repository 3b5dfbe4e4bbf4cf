import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type AidaptivCache, aidaptivCacheNodes, aidaptivCaches } from '@rackwright/api';
import { errorMessage, silentLogger, systemClock } from '@rackwright/core';
import { KubeClient, type KubeObject, type Node, resources } from '@rackwright/kube';
import { removalWritePolicy } from '../../install/operator-write-policy.ts';
import { defaultValues } from '../../install/values.ts';
import { Removal } from '../../removal/remove.ts';
import { ai100Install } from '../install.ts';
import { CacheEnvironment, namespace } from '../testing/cache-environment.ts';
import { removedCaches } from './removed-caches.ts';
import { removalClusterRules, removalNamespaceRules } from './rights.ts';

const name = 'removal';
const own = { namespace, name: 'aidaptivcache-operator' };
const finalizer = 'operators.phison.com/aidaptivcache';
const plugin = 'aidaptivcache-device-plugin';
const labels = {
  'app.kubernetes.io/managed-by': 'aidaptivcache-operator',
  'app.kubernetes.io/instance': 'default',
};
const { validatingAdmissionPolicies: policies, validatingAdmissionPolicyBindings: bindings } = resources;
const isBinding = ({ kind }: KubeObject): boolean => kind?.endsWith('Binding') === true;
const foreignTaint = { key: 'hpc', effect: 'NoSchedule' };

let testEnv: CacheEnvironment;
/** With the rights of the job after an uninstall. */
let client: KubeClient;

beforeAll(async () => {
  // No controller runs: its operator was uninstalled.
  testEnv = await CacheEnvironment.install(own);
  const { admin, plane } = testEnv;
  const [apiGroup, subjects] = [
    'rbac.authorization.k8s.io',
    [{ kind: 'ServiceAccount' as const, name, namespace }],
  ];
  await admin.create(resources.clusterRoles, { metadata: { name }, rules: [...removalClusterRules] });
  await admin.create(resources.roles, { metadata: { name, namespace }, rules: [...removalNamespaceRules] });
  await admin.create(resources.clusterRoleBindings, {
    ...{ metadata: { name }, roleRef: { apiGroup, kind: 'ClusterRole', name }, subjects },
  });
  await admin.create(resources.roleBindings, {
    ...{ metadata: { name, namespace }, roleRef: { apiGroup, kind: 'Role', name }, subjects },
  });
  await admin.create(resources.serviceAccounts, { metadata: { name, namespace } });
  const values = { ...defaultValues({}), name: own.name, namespace };
  const { controller } = ai100Install;
  for (const policy of removalWritePolicy(values, name, { controllers: [controller] }))
    await admin.create<KubeObject>(isBinding(policy) ? bindings : policies, policy);
  const connection = await plane.serviceAccount({ namespace, name });
  client = new KubeClient({ connection, clock: systemClock, userAgent: 'removal' });
  // The API server takes a moment to compile a new policy.
  await admin.create(resources.clusterRoleBindings, bindingOf('probe'));
  await testEnv.addNode('of-others');
  let tries = 0;
  await testEnv.until('the policy of the removal', async () => {
    tries += 1;
    const change = { metadata: { labels: { forbidden: String(tries) } } };
    const writing = client.patch(resources.nodes, { name: 'of-others' }, change, { strategy: 'merge' });
    return (await refusal(writing)).includes('a removal may change nothing of a Node but');
  });
}, 120_000);

afterAll(async () => {
  await client?.[Symbol.asyncDispose]();
  await testEnv?.[Symbol.asyncDispose]();
});

function bindingOf(role: string) {
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole' as const, name: role };
  return { metadata: { name: role }, roleRef };
}

/** What the API server says; empty when it took the request. */
function refusal(writing: Promise<unknown>): Promise<string> {
  return writing.then(() => '', errorMessage);
}

async function remove(): Promise<void> {
  const { signal } = new AbortController();
  const options = { client, clock: systemClock, logger: silentLogger, timeoutMs: 20_000, signal };
  const request = { named: [], others: 'remove', finish: false, namespace, account: own.name } as const;
  await new Removal(removedCaches, request, options).run();
}

/** An AidaptivCache that an operator has rolled out. */
async function rolledOut(claim: string): Promise<void> {
  const { admin } = testEnv;
  await admin.create(aidaptivCaches, {
    ...{ apiVersion: 'operators.phison.com/v1beta1', kind: 'AidaptivCache' },
    metadata: {
      name: 'default',
      finalizers: [finalizer],
      annotations: { 'rackwright.io/operator': claim },
    },
    spec: {},
  } as unknown as AidaptivCache);
  const selector = { app: 'a' };
  await admin.create(resources.daemonSets, {
    metadata: { name: plugin, namespace, labels },
    spec: {
      selector: { matchLabels: selector },
      template: {
        metadata: { labels: selector },
        spec: { containers: [{ name: 'a', image: 'r.test/a' }] },
      },
    },
  });
  await admin.create(resources.serviceAccounts, { metadata: { name: plugin, namespace, labels } });
  await admin.create(resources.services, {
    metadata: { name: 'aidaptivcache-exporter', namespace, labels },
    spec: { ports: [{ port: 9299 }], selector },
  });
  await testEnv.reportFrom('worker', {});
}

/** A node with everything the operator writes, beside what is of others. */
async function markedNode(node: string): Promise<void> {
  const { admin } = testEnv;
  const identity = { apiVersion: 'v1', kind: 'Node', metadata: { name: node } };
  const options = { fieldManager: 'rackwright-aidaptivcache-nodes' };
  await testEnv.addNode(node, { zone: 'a' });
  await admin.apply(
    resources.nodes,
    { ...identity, metadata: { name: node, labels: { 'phison.com/ai100.health': 'unhealthy' } } },
    options,
  );
  const conditions = [{ type: 'AI100DeviceProblem', status: 'True' as const, reason: 'R', message: 'm' }];
  await admin.apply(resources.nodes, { ...identity, status: { conditions } } as Node, {
    ...options,
    subresource: 'status',
  });
  const taints = [foreignTaint, { key: 'phison.com/ai100-unhealthy', effect: 'NoSchedule' }];
  await admin.patch(resources.nodes, { name: node }, { spec: { taints } }, { strategy: 'merge' });
}

describe('what is not of the AidaptivCache stays, whatever the role allows:', () => {
  const merge = { strategy: 'merge' } as const;
  const elsewhere = { namespace: 'kube-public', name: 'foreign' };
  beforeAll(async () => {
    await testEnv.create();
    const selector = { matchLabels: { app: 'f' } };
    const template = {
      metadata: { labels: { app: 'f' } },
      spec: { containers: [{ name: 'f', image: 'r.test/f' }] },
    };
    await testEnv.admin.create(resources.daemonSets, { metadata: elsewhere, spec: { selector, template } });
  });
  afterAll(() => testEnv.admin.delete(aidaptivCaches, { name: 'default' }));

  test.each<[string, () => Promise<unknown>, string]>([
    [
      'a binding of others',
      () => client.delete(resources.clusterRoleBindings, { name: 'probe' }),
      'those of the agents of an AidaptivCache alone',
    ],
    [
      'a DaemonSet of others',
      () => client.delete(resources.daemonSets, elsewhere),
      'may change only what belonged to the agents of an AidaptivCache',
    ],
    [
      'what an AidaptivCache asks for',
      () => client.patch(aidaptivCaches, { name: 'default' }, { spec: { exporter: { port: 9300 } } }, merge),
      'its status and whose it is, not spec',
    ],
    [
      'a label of a Node',
      () =>
        client.patch(
          resources.nodes,
          { name: 'of-others' },
          { metadata: { labels: { 'phison.com/ai100-present': null } } },
          merge,
        ),
      'metadata.labels[phison.com/ai100-present]',
    ],
  ])('%s', async (_, write, why) => {
    expect(await refusal(write())).toContain(why);
  });
});

test('an AidaptivCache of another installation is left alone', async () => {
  await markedNode('worker');
  await rolledOut('other/second-operator/uid');
  await remove();
  expect((await testEnv.cache())?.metadata?.deletionTimestamp).toBeUndefined();
  expect((await testEnv.node('worker')).metadata?.labels).toHaveProperty(['phison.com/ai100.health']);
});

test('without an operator it goes with its agents, and nodes have only what is of others', async () => {
  const patch = { metadata: { annotations: { 'rackwright.io/operator': `${namespace}/${own.name}/uid` } } };
  await testEnv.admin.patch(aidaptivCaches, { name: 'default' }, patch, { strategy: 'merge' });
  let isDone = false;
  const removing = remove().finally(() => {
    isDone = true;
  });
  await testEnv.until('the end of the removal', async () => {
    await testEnv.endPods(namespace);
    return isDone;
  });
  await removing;
  expect(await testEnv.cache()).toBeUndefined();
  const selector = { namespace, labelSelector: 'app.kubernetes.io/managed-by=aidaptivcache-operator' };
  for (const type of [resources.daemonSets, resources.serviceAccounts, resources.services])
    expect((await testEnv.admin.list<object>(type as never, selector)).items).toEqual([]);
  expect((await testEnv.admin.list(aidaptivCacheNodes)).items).toEqual([]);
  const { metadata, spec, status } = await testEnv.node('worker');
  expect(metadata?.labels).toEqual({ zone: 'a', 'phison.com/ai100-present': 'true' });
  expect(spec?.taints).toEqual([foreignTaint]);
  expect(status?.conditions ?? []).toEqual([]);
}, 60_000);

test('what is left on nodes of an AidaptivCache that is gone is taken back, too', async () => {
  await markedNode('worker-2');
  await remove();
  const { metadata, spec } = await testEnv.node('worker-2');
  expect([metadata?.labels?.['phison.com/ai100.health'], spec?.taints]).toEqual([undefined, [foreignTaint]]);
});
