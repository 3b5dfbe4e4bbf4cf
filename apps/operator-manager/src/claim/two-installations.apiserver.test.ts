import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { silentLogger, systemClock } from '@rackwright/core';
import { type DaemonSet, KubeClient, type KubeObject, resources } from '@rackwright/kube';
import { runService } from '@rackwright/service';
import {
  deniedRequests,
  formatDenied,
  freePort,
  serviceAccountUser,
} from '@rackwright/testbed/without-nodes';
import { verifyService } from '../commands/verify.ts';
import { configFiles } from '../install/index.ts';
import { defaultValues } from '../install/values.ts';
import { managerService } from '../manager.ts';
import { Removal } from '../removal/remove.ts';
import { namespace as firstNamespace, OperatorEnvironment } from '../testing/operator-environment.ts';
import { FakeProcess, podEnvironment } from '../testing/replica.ts';

/** An operator that runs under the account of one installation. */
interface Operator {
  readonly health: string;
  stop(): Promise<void>;
}

const first = { namespace: firstNamespace, name: 'slingshot-operator' };
const second = { namespace: 'other', name: 'second-operator' };
const sentence =
  'installation slingshot-system/slingshot-operator looks after CXIDrivers; this one stands by';

let testEnv: OperatorEnvironment;
const running: Operator[] = [];

beforeAll(async () => {
  testEnv = await OperatorEnvironment.start(false);
  await install(second);
}, 120_000);

afterAll(async () => {
  await Promise.all(running.map((operator) => operator.stop()));
  await testEnv?.[Symbol.asyncDispose]();
});

/** Applies accounts, roles and policies of config/ under another name and namespace. */
async function install(names: { readonly namespace: string; readonly name: string }): Promise<void> {
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

async function environmentOf(account: { namespace: string; name: string }): Promise<NodeJS.ProcessEnv> {
  const connection = await testEnv.plane.serviceAccount(account);
  return podEnvironment(join(testEnv.plane.folder, account.name), connection);
}

async function run({ namespace, name }: { namespace: string; name: string }): Promise<Operator> {
  const env = await environmentOf({ namespace, name });
  const port = await freePort();
  const self = new FakeProcess(
    [
      '--leader-elect',
      `--namespace=${namespace}`,
      `--driver-agent-role=${name}-driver-agent`,
      `--health-probe-bind-address=:${port}`,
    ],
    env,
  );
  const exit = runService(managerService('1.2.3'), self);
  const operator = {
    health: `http://127.0.0.1:${port}/readyz?verbose`,
    stop: async () => {
      self.emit('SIGTERM', 'SIGTERM');
      await exit;
    },
  };
  running.push(operator);
  return operator;
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
async function labelWorkerAs(account: { namespace: string; name: string }): Promise<unknown> {
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

/** What `operator` changed: everything but its events. */
async function writesOf(operator: { namespace: string; name: string }): Promise<string[]> {
  const user = serviceAccountUser(operator);
  const audit = await testEnv.plane.auditEvents({
    user: (name) => name === user,
  });
  return audit
    .filter(({ verb, resource }) => !['get', 'list', 'watch'].includes(verb) && resource !== 'events')
    .map(({ verb, resource, name }) => `${verb} ${resource} ${name}`);
}

let agents: string[];

test('a CXIDriver says which installation looks after it', async () => {
  await run(first);
  await testEnv.createDriver('cxi', { version: '13.0.0' });
  await testEnv.until('four DaemonSets', async () => (await daemonSets()).length === 4);
  const { metadata } = await testEnv.admin.get(resources.serviceAccounts, first);
  expect(await claim()).toBe(`slingshot-system/slingshot-operator/${metadata?.uid}`);
  agents = identities(await daemonSets());
}, 60_000);

test('a second installation is not ready, says why in its readiness and in an event, and writes nothing else', async () => {
  const { health } = await run(second);
  await testEnv.until('the reason in its readiness', async () => {
    const answer = await fetch(health);
    return answer.status === 503 && (await answer.text()).includes(sentence);
  });
  await testEnv.until('an event about the CXIDriver', async () => {
    const { items } = await testEnv.admin.list(resources.events, { namespace: 'default' });
    return items.some(
      ({ reason, note, regarding }) =>
        reason === 'StandingBy' && note === sentence && regarding?.name === 'cxi',
    );
  });
  expect(await writesOf(second)).toEqual([]);
  expect(identities(await daemonSets())).toEqual(agents);
}, 60_000);

test('verify says at once, with the account of the second, that it stands by', async () => {
  const self = new FakeProcess([`--namespace=${second.namespace}`], await environmentOf(second));
  expect(await runService(verifyService('1.2.3', self.stdout), self)).toBe(1);
  expect(self.printed).toMatch(new RegExp(`installation +NO +${sentence}`));
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
  await new Removal({ ...request, account: second.name }, options).run();
  expect(identities(await daemonSets())).toEqual(agents);
  expect((await testEnv.driver('cxi')).metadata?.deletionTimestamp).toBeUndefined();
});

test('a first installation that has stopped is still there: the second goes on standing by', async () => {
  await running[0]?.stop();
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
  expect(await writesOf(second)).toEqual([]);
  expect(identities(await daemonSets())).toEqual(agents);
}, 90_000);

test('when the account of the first is gone the second takes over the agents where they run', async () => {
  await testEnv.patchDriver('cxi', { spec: { metricsExporter: { enabled: true } } });
  await testEnv.admin.delete(resources.serviceAccounts, first);
  const { metadata } = await testEnv.admin.get(resources.serviceAccounts, second);
  const wanted = `other/second-operator/${metadata?.uid}`;
  await testEnv.until('the claim of the second', async () => (await claim()) === wanted, 120_000);
  await testEnv.until('its binding for the driver agents', async () => {
    const { items } = await testEnv.admin.list(resources.clusterRoleBindings, {
      labelSelector: 'app.kubernetes.io/managed-by=slingshot-operator',
    });
    return items.map(({ metadata: of }) => of?.name).join() === 'second-operator-driver-agent-cxi';
  });
  expect(identities(await daemonSets())).toEqual(agents);
  const response = await fetch(running[1]?.health ?? '');
  expect(response.status).toBe(200);
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
  const { health } = await run(first);
  await testEnv.until('the reason in its readiness', async () =>
    (await (await fetch(health)).text()).includes(
      'installation other/second-operator looks after CXIDrivers',
    ),
  );
}, 60_000);

test('neither was refused anything while it was installed', async () => {
  const users = [first, second].map(serviceAccountUser);
  const audit = await testEnv.plane.auditEvents({
    user: (name) => users.includes(name),
  });
  expect(deniedRequests(audit).map(formatDenied)).toEqual([]);
});
