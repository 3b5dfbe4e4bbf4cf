import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { cxiDevices } from '@rackwright/api';
import { silentLogger, systemClock } from '@rackwright/core';
import { cxi, rackwright } from '@rackwright/keys';
import { KubeClient, resources } from '@rackwright/kube';
import {
  accountReport,
  formatDenied,
  formatGrant,
  readAuditLog,
  readRbac,
  serviceAccountUser,
} from '@rackwright/testbed/without-nodes';
import { formatClaim } from '../claim/installation.ts';
import { removedDrivers } from '../cxidriver/removal/removed-drivers.ts';
import { namespace, OperatorEnvironment } from '../testing/operator-environment.ts';
import type { RemovalRequest } from './next-step.ts';
import { Removal } from './remove.ts';

const chart = fileURLToPath(new URL('../../../../charts/rackwright', import.meta.url));
const account = { namespace, name: 'first-cleanup' };
/** An installation that has taken over the agents of the first, where they run. */
const successor = { namespace: 'other', name: 'second-operator-manager' };
const node = 'node-a';
let testEnv: OperatorEnvironment;
/** With the account and the rights of the hook before an uninstall. */
let hook: KubeClient;
let hookOfSuccessor: KubeClient;

beforeAll(async () => {
  testEnv = await OperatorEnvironment.start(false);
  await testEnv.admin.create(resources.namespaces, { metadata: { name: successor.namespace } });
  hook = await hookOf('first', namespace);
  hookOfSuccessor = await hookOf('second', successor.namespace);
  await testEnv.admin.create(resources.nodes, { metadata: { name: node, labels: { mine: 'yes' } } });
}, 120_000);

afterAll(async () => {
  await hook?.[Symbol.asyncDispose]();
  await hookOfSuccessor?.[Symbol.asyncDispose]();
  await testEnv?.[Symbol.asyncDispose]();
});

/** Applies the hook of a release, as Helm does before it uninstalls it. */
async function hookOf(release: string, ofRelease: string): Promise<KubeClient> {
  const only = ['--show-only', 'templates/cleanup.yaml'];
  const rendered = await testEnv.plane.helm('template', release, chart, '--namespace', ofRelease, ...only);
  const file = join(testEnv.plane.folder, `${release}.yaml`);
  await writeFile(file, rendered.stdout);
  expect(await testEnv.plane.kubectl('apply', '-f', file)).toMatchObject({ code: 0 });
  const connection = await testEnv.plane.serviceAccount({ namespace: ofRelease, name: `${release}-cleanup` });
  return new KubeClient({ connection, clock: systemClock, userAgent: 'hook' });
}

/** A CXIDriver is rolled out, a driver agent has published a NIC, and then the operator goes. */
beforeEach(async () => {
  await testEnv.startOperator();
  await testEnv.createDriver('cxi', { version: '13.0.0' });
  await testEnv.until('four DaemonSets', async () => (await testEnv.daemonSets()).length === 4);
  const fieldManager = cxi.fieldManager.driverAgent;
  await testEnv.admin.apply(cxiDevices, { metadata: { name: `${node}-cxi0` } }, { fieldManager });
  const labels = { [cxi.label.present]: 'true', [cxi.label.deviceCount]: '1' };
  await testEnv.admin.apply(resources.nodes, { metadata: { name: node, labels } }, { fieldManager });
  await testEnv.stopOperator();
});

async function remove(
  client: KubeClient,
  more: Partial<RemovalRequest> = {},
  timeoutMs = 30_000,
): Promise<void> {
  const request: RemovalRequest = { named: ['cxi'], others: 'refuse', finish: false, namespace, ...more };
  const { signal } = new AbortController();
  const options = { client, clock: systemClock, logger: silentLogger, timeoutMs, signal };
  await new Removal(removedDrivers, request, options).run();
}

async function nothingIsLeft(): Promise<void> {
  expect(await testEnv.driverNames()).toEqual([]);
  expect(await testEnv.daemonSets()).toEqual([]);
  expect((await testEnv.admin.list(cxiDevices)).items).toEqual([]);
  expect((await testEnv.admin.get(resources.nodes, { name: node })).metadata?.labels).toEqual({
    mine: 'yes',
  });
}

async function endAllPods(): Promise<void> {
  for (const component of ['retry-handler', 'device-plugin', 'driver-agent', 'metrics-exporter']) {
    await testEnv.endPods(`cxi-${component}`);
  }
}

test('a CXIDriver made by hand is refused in words, and everything stays as it is', async () => {
  const before = await testEnv.driver('cxi');
  await expect(remove(hook, { named: [] })).rejects.toMatchObject({
    code: 'FailedPrecondition',
    remedy: expect.stringContaining('kubectl delete cxidriver cxi'),
  });
  expect(await testEnv.driver('cxi')).toEqual(before);
  expect(await testEnv.daemonSets()).toHaveLength(4);
  const removing = remove(hook, { named: [], others: 'remove' });
  await endAllPods();
  await removing;
  await nothingIsLeft();
});

test('without an operator the hook takes everything away itself, in order, with just the rights it has', async () => {
  const removing = remove(hook);
  await testEnv.endPods('cxi-retry-handler');
  await testEnv.endPods('cxi-device-plugin');
  expect((await testEnv.admin.list(cxiDevices)).items).toHaveLength(1);
  await testEnv.endPods('cxi-driver-agent');
  await testEnv.endPods('cxi-metrics-exporter');
  await removing;
  await nothingIsLeft();
  const record = await testEnv.admin.get(resources.configMaps, { namespace, name: cxi.singletonConfigMap });
  expect(record.data?.[cxi.singletonKey]).toBeUndefined();

  const events = await readAuditLog(testEnv.plane.auditLog);
  const report = accountReport(serviceAccountUser(account), events, await readRbac(testEnv.admin));
  expect(report.denied.map(formatDenied)).toEqual([]);
  expect(report.unused.map(formatGrant)).toEqual([]);
});

test('without an operator the hook of a release that took agents over takes them away where they run', async () => {
  const annotations = { [rackwright.annotation.operator]: formatClaim({ ...successor, uid: '' }) };
  await testEnv.patchDriver('cxi', { metadata: { annotations } });
  const ours = { namespace: successor.namespace, account: successor.name };
  const removing = remove(hookOfSuccessor, { named: [], others: 'remove', ...ours });
  await endAllPods();
  await removing;
  await nothingIsLeft();
});

test('the hook may delete nothing of others in another namespace', async () => {
  const foreign = { namespace, name: 'foreign' };
  const labels = { 'app.kubernetes.io/managed-by': 'slingshot-operator' };
  const containers = [{ name: 'a', image: 'registry.test/a' }];
  const template = { metadata: { labels }, spec: { containers } };
  // An API server takes a moment to compile a new policy.
  await testEnv.until('the policy to hold', async () => {
    const spec = { selector: { matchLabels: labels }, template };
    const daemonSet = { metadata: { ...foreign, labels }, spec };
    await testEnv.admin.apply(resources.daemonSets, daemonSet, { fieldManager: 'test' });
    return hookOfSuccessor.delete(resources.daemonSets, foreign).then(
      () => false,
      (error: Error) => error.message.includes('a removal may change only what belonged to the agents'),
    );
  });
  const labelled = { metadata: { labels: { zone: 'b' } } };
  await expect(
    hookOfSuccessor.patch(resources.nodes, { name: node }, labelled, { strategy: 'merge' }),
  ).rejects.toMatchObject({ message: expect.stringContaining('a removal may change nothing of a Node') });
  await testEnv.admin.delete(resources.daemonSets, foreign);
  const removing = remove(hook);
  await endAllPods();
  await removing;
});

test('what is being deleted is finished from outside after operator, roles and policies are gone', async () => {
  await testEnv.plane.kubectl('delete', 'cxidriver', 'cxi', '--wait=false');
  await testEnv.plane.kubectl('delete', 'clusterrole,clusterrolebinding', 'slingshot-operator');
  await testEnv.plane.kubectl('delete', 'role,rolebinding', '-n', namespace, 'slingshot-operator');
  const removing = remove(testEnv.admin, { finish: true, others: 'ignore' });
  await endAllPods();
  await removing;
  await nothingIsLeft();
  await testEnv.applyInstallation();
});

test('node labels and CXIDevices go even when the CXIDriver was already forced away', async () => {
  await testEnv.patchDriver('cxi', { metadata: { finalizers: [] } });
  await testEnv.plane.kubectl('delete', 'cxidriver', 'cxi');
  // In place of the garbage collector, which this control plane has none of.
  await testEnv.plane.kubectl('delete', 'daemonset', '-n', namespace, '--all');
  await remove(hook);
  await nothingIsLeft();
});

test('a removal that was broken off is finished by the next', async () => {
  await expect(remove(hook, {}, 1000)).rejects.toMatchObject({
    code: 'DeadlineExceeded',
    message: expect.stringContaining('waiting for cxi-retry-handler to end'),
    remedy: expect.stringContaining('run this again'),
  });
  const removing = remove(hook);
  await endAllPods();
  await removing;
  await nothingIsLeft();
});
