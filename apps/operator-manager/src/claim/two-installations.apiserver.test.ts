import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { silentLogger, systemClock } from '@rackwright/core';
import { type DaemonSet, KubeClient, type KubeObject, resources } from '@rackwright/kube';
import { serviceAccountUser } from '@rackwright/testbed/without-nodes';
import { removedDrivers } from '../cxidriver/removal/removed-drivers.ts';
import { configFiles } from '../install/index.ts';
import { defaultValues } from '../install/values.ts';
import { Removal } from '../removal/remove.ts';
import type { Installed } from '../testing/family-installation.ts';
import { InstalledOperators, type RunningOperator } from '../testing/installed-operators.ts';
import { namespace as firstNamespace, OperatorEnvironment } from '../testing/operator-environment.ts';

const first = { namespace: firstNamespace, name: 'slingshot-operator' };
const second = { namespace: 'other', name: 'second-operator' };
const sentence =
  'installation slingshot-system/slingshot-operator looks after CXIDrivers; this one stands by';

let testEnv: OperatorEnvironment;
let operators: InstalledOperators;
let operatorOfFirst: RunningOperator;
let operatorOfSecond: RunningOperator;

beforeAll(async () => {
  testEnv = await OperatorEnvironment.start(false);
  operators = new InstalledOperators(testEnv);
  await install(second);
}, 120_000);

afterAll(async () => {
  await operators?.[Symbol.asyncDispose]();
  await testEnv?.[Symbol.asyncDispose]();
});

/** Applies accounts, roles and policies of config/ under another name and namespace. */
async function install(names: Installed): Promise<void> {
  const versions = { 'operator-manager': '1.2.3' } as Parameters<typeof defaultValues>[0];
  const files = Object.entries(configFiles({ ...defaultValues(versions), ...names }));
  const items = files
    .filter(([path]) => path === 'default/namespace.yaml' || path.startsWith('rbac/'))
    .filter(([path]) => !path.endsWith('kustomization.yaml'))
    .sort(([a], [b]) => a.localeCompare(b))
    .flatMap(([, documents]) => documents);
  const file = join(testEnv.plane.folder, `${names.name}.json`);
  await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  expect(await testEnv.plane.kubectl('apply', '--server-side', '-f', file)).toMatchObject({ code: 0 });
}

function run(installed: Installed): Promise<RunningOperator> {
  return operators.run(installed, `--driver-agent-role=${installed.name}-driver-agent`);
}

async function daemonSets(): Promise<DaemonSet[]> {
  const labelSelector = 'app.kubernetes.io/managed-by=slingshot-operator';
  return [...(await testEnv.admin.list(resources.daemonSets, { labelSelector })).items];
}

const identities = (objects: readonly KubeObject[]): string[] =>
  objects
    .map(
      ({ metadata = {} }) => `${metadata.namespace}/${metadata.name} ${metadata.uid} ${metadata.generation}`,
    )
    .sort();

async function claim(): Promise<string | undefined> {
  return (await testEnv.driver('cxi')).metadata?.annotations?.['rackwright.io/operator'];
}

/** Labels a node under an account that may do so, as far as roles go. */
async function labelWorkerAs(account: Installed): Promise<unknown> {
  const subjects = [{ kind: 'ServiceAccount' as const, ...account }];
  const [name, apiGroup] = [`labels-${account.name}`, 'rbac.authorization.k8s.io'];
  const rules = [{ apiGroups: [''], resources: ['nodes'], verbs: ['patch'] }];
  const fieldManager = 'test';
  await testEnv.admin.apply(resources.clusterRoles, { metadata: { name }, rules }, { fieldManager });
  const roleRef = { apiGroup, kind: 'ClusterRole' as const, name };
  const binding = { metadata: { name }, roleRef, subjects };
  await testEnv.admin.apply(resources.clusterRoleBindings, binding, { fieldManager });
  const connection = await testEnv.plane.serviceAccount(account);
  await using client = new KubeClient({ connection, clock: systemClock, userAgent: 'test' });
  const patch = { metadata: { labels: { mine: 'yes' } } };
  return await client.patch(resources.nodes, { name: 'worker' }, patch, { strategy: 'merge' });
}

let agents: string[];

test('a CXIDriver says which installation looks after it', async () => {
  operatorOfFirst = await run(first);
  await testEnv.createDriver('cxi', { version: '13.0.0' });
  await testEnv.until('four DaemonSets', async () => (await daemonSets()).length === 4);
  expect(await claim()).toBe(await operators.claimOf(first));
  agents = identities(await daemonSets());
}, 60_000);

test('a second installation is not ready, says why in its readiness and in an event, and writes nothing else', async () => {
  operatorOfSecond = await run(second);
  await testEnv.until('the reason in its readiness', async () =>
    (await operatorOfSecond.unready())?.includes(sentence),
  );
  await testEnv.until('an event about the CXIDriver', async () =>
    (await operators.standingBy()).includes(`CXIDriver cxi: ${sentence}`),
  );
  expect(await operators.writesOf(second)).toEqual([]);
  expect(identities(await daemonSets())).toEqual(agents);
}, 60_000);

test('verify says at once, with the account of the second, that it stands by', async () => {
  const { code, printed } = await operators.verify(second);
  expect(code).toBe(1);
  expect(printed).toMatch(new RegExp(`installation +NO +${sentence}`));
});

test('an uninstall of the second leaves the CXIDriver alone', async () => {
  const request = { named: [], others: 'remove', finish: false, namespace: second.namespace } as const;
  const { signal } = new AbortController();
  const options = {
    client: testEnv.admin,
    clock: systemClock,
    logger: silentLogger,
    timeoutMs: 10_000,
    signal,
  };
  await new Removal(removedDrivers, { ...request, account: second.name }, options).run();
  expect(identities(await daemonSets())).toEqual(agents);
  expect((await testEnv.driver('cxi')).metadata?.deletionTimestamp).toBeUndefined();
});

test('a first installation that has stopped is still there: the second goes on standing by', async () => {
  await operatorOfFirst.stop();
  // A change that only somebody who looks after it would answer.
  await testEnv.patchDriver('cxi', { spec: { metricsExporter: { enabled: false } } });
  const looks = async (): Promise<number> => {
    const user = serviceAccountUser(second);
    const audit = await testEnv.plane.auditEvents({
      user: (name) => name === user,
    });
    return audit.filter(
      ({ resource, namespace }) => resource === 'serviceaccounts' && namespace === first.namespace,
    ).length;
  };
  const before = await looks();
  await testEnv.until(
    'another look whether the first is there',
    async () => (await looks()) > before,
    60_000,
  );
  expect(await operators.writesOf(second)).toEqual([]);
  expect(identities(await daemonSets())).toEqual(agents);
}, 90_000);

test('when the account of the first is gone the second takes over the agents where they run', async () => {
  await testEnv.patchDriver('cxi', { spec: { metricsExporter: { enabled: true } } });
  await testEnv.admin.delete(resources.serviceAccounts, first);
  const wanted = await operators.claimOf(second);
  await testEnv.until('the claim of the second', async () => (await claim()) === wanted, 120_000);
  await testEnv.until('its binding for the driver agents', async () => {
    const { items } = await testEnv.admin.list(resources.clusterRoleBindings, {
      labelSelector: 'app.kubernetes.io/managed-by=slingshot-operator',
    });
    return items.map(({ metadata: of }) => of?.name).join() === 'second-operator-driver-agent-cxi';
  });
  expect(identities(await daemonSets())).toEqual(agents);
  expect(await operatorOfSecond.unready()).toBeUndefined();
}, 150_000);

test('its policy holds what those agents write, whatever became of the policy of the first', async () => {
  for (const kind of ['validatingadmissionpolicybinding', 'validatingadmissionpolicy']) {
    const deleted = await testEnv.plane.kubectl('delete', kind, 'slingshot-operator-node-writes');
    expect(deleted).toMatchObject({ code: 0 });
  }
  await testEnv.admin.create(resources.nodes, { metadata: { name: 'worker' } });
  const label = (namespace: string, name: string): Promise<unknown> => labelWorkerAs({ namespace, name });
  // An API server goes on with a policy for a moment after it was deleted.
  await testEnv.until('the policy of the second to be what refuses', () =>
    label(first.namespace, 'cxi-driver-agent').then(
      () => false,
      (error: Error) => error.message.includes("'second-operator-node-writes'"),
    ),
  );
  await testEnv.admin.create(resources.serviceAccounts, {
    metadata: { namespace: 'default', name: 'gpu-driver-agent' },
  });
  await expect(label('default', 'gpu-driver-agent')).resolves.toBeDefined();
});

test('it goes on with them: what is switched off goes and what is switched on comes, beside the others', async () => {
  const names = async (): Promise<string[]> =>
    identities(await daemonSets()).map((text) => text.split(' ')[0] ?? '');
  await testEnv.patchDriver('cxi', { spec: { metricsExporter: { enabled: false } } });
  await testEnv.endPods('cxi-metrics-exporter');
  await testEnv.until('three DaemonSets', async () => (await names()).length === 3);
  await testEnv.patchDriver('cxi', { spec: { metricsExporter: { enabled: true } } });
  await testEnv.until('the exporter beside the others', async () =>
    (await names()).includes('slingshot-system/cxi-metrics-exporter'),
  );
  expect(await names()).toHaveLength(4);
}, 60_000);

test('the first, installed anew, stands by now', async () => {
  await install(first);
  const again = await run(first);
  await testEnv.until('the reason in its readiness', async () =>
    (await again.unready())?.includes('installation other/second-operator looks after CXIDrivers'),
  );
}, 60_000);

test('neither was refused anything while it was installed', async () => {
  expect(await operators.denied(first, second)).toEqual([]);
});
