import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type ResourceType, resources, resourceType } from '@rackwright/kube';
import { namespace, OperatorEnvironment } from '../testing/operator-environment.ts';

const admission = 'admissionregistration.k8s.io';
const policies = type('MutatingAdmissionPolicy', 'mutatingadmissionpolicies');
const bindings = type('MutatingAdmissionPolicyBinding', 'mutatingadmissionpolicybindings');
const name = 'cxi-driver-agent';
const key = { namespace, name };
let testEnv: OperatorEnvironment;

function type(kind: string, plural: string): ResourceType {
  return resourceType({ group: admission, version: 'v1', plural, kind, namespaced: false });
}

beforeAll(async () => {
  testEnv = await OperatorEnvironment.start();
  const off = { enabled: false };
  const spec = { version: '13.0.0', priorityClassName: 'system-node-critical' };
  await testEnv.createDriver('cxi', { ...spec, devicePlugin: off, retryHandler: off, metricsExporter: off });
  await testEnv.until('the DaemonSet', async () => (await testEnv.daemonSets()).includes(name));
  await testEnv.roll(name, { desired: 1, available: 1 });
  await testEnv.condition('cxi', 'Ready', { status: 'True' });
}, 120_000);

afterAll(() => testEnv?.[Symbol.asyncDispose]());

async function priority(): Promise<string | undefined> {
  return (await testEnv.daemonSet(name)).spec?.template.spec?.priorityClassName;
}

/** Somebody's policy: every DaemonSet gets another priority class. */
async function makePolicy(): Promise<void> {
  const expression =
    'Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{priorityClassName: "theirs"}}}}';
  const rule = { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'] };
  const spec = {
    matchConstraints: { resourceRules: [{ ...rule, resources: ['daemonsets'] }] },
    failurePolicy: 'Fail',
    reinvocationPolicy: 'Never',
    mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }],
  };
  await testEnv.admin.create(policies, { metadata: { name: 'theirs' }, ...{ spec } });
  await testEnv.admin.create(bindings, {
    metadata: { name: 'theirs' },
    ...{ spec: { policyName: 'theirs' } },
  });
}

const applies = (): number =>
  testEnv.client.calls.filter((call) => call === `apply daemonsets ${name}`).length;

test('a DaemonSet that a policy changes on its way is Drifted, with the field and both values', async () => {
  await makePolicy();
  let touches = 0;
  await testEnv.until('the policy to be in force', async () => {
    const metadata = { annotations: { touched: String(touches++) } };
    await testEnv.admin.patch(resources.daemonSets, key, { metadata }, { strategy: 'merge' });
    return (await priority()) === 'theirs';
  });
  const ready = await testEnv.condition('cxi', 'Ready', { status: 'False', reason: 'Drifted' });
  expect(ready.message).toBe(
    'DaemonSet slingshot-system/cxi-driver-agent: spec.template.spec.priorityClassName: "theirs" should be "system-node-critical"; an admission policy or webhook changes it on its way: exempt the object, or ask for that value in the spec',
  );
  await testEnv.condition('cxi', 'Degraded', { status: 'True', reason: 'Drifted' });
});

test('nobody fights over it: whatever else happens, it is applied again after ten seconds at the earliest', async () => {
  const before = applies();
  for (let i = 0; i < 5; i++) {
    const { reconciles } = testEnv;
    await testEnv.roll(name, { desired: 1, available: i % 2 });
    await testEnv.until('another reconcile', async () => testEnv.reconciles > reconciles);
  }
  expect(applies() - before).toBeLessThanOrEqual(1);
  await testEnv.condition('cxi', 'Ready', { reason: 'Drifted' });
}, 60_000);

test('once the policy is gone the value is put back by itself, and all is well', async () => {
  await testEnv.admin.delete(bindings, { name: 'theirs' });
  await testEnv.admin.delete(policies, { name: 'theirs' });
  // The operator's next try comes in its own time: with twenty seconds at most after those few tries.
  await testEnv.until(
    'the value of the spec',
    async () => (await priority()) === 'system-node-critical',
    90_000,
  );
  await testEnv.roll(name, { desired: 1, available: 1 });
  await testEnv.condition('cxi', 'Ready', { status: 'True' });
}, 120_000);

test('a DaemonSet of somebody else where an agent is wanted stays as it is, and the CXIDriver says so', async () => {
  const labels = { app: 'theirs' };
  const containers = [{ name: 'a', image: 'registry.test/theirs' }];
  const template = { metadata: { labels }, spec: { containers } };
  const spec = { selector: { matchLabels: labels }, template };
  const theirs = { namespace, name: 'cxi-device-plugin' };
  const before = await testEnv.admin.create(resources.daemonSets, { metadata: theirs, spec });
  await testEnv.patchDriver('cxi', { spec: { devicePlugin: { enabled: true } } });
  const ready = await testEnv.condition('cxi', 'Ready', { status: 'False', reason: 'DevicePluginFailed' });
  expect(ready.message).toContain(
    'DaemonSet slingshot-system/cxi-device-plugin is not ours: it carries no mark of ours (rename or delete it',
  );
  const after = await testEnv.daemonSet('cxi-device-plugin');
  expect([after.metadata?.uid, after.metadata?.resourceVersion]).toEqual([
    before.metadata?.uid,
    before.metadata?.resourceVersion,
  ]);
  await testEnv.admin.delete(resources.daemonSets, theirs, { propagationPolicy: 'Background' });
  await testEnv.until(
    'the agent once the way is free',
    async () =>
      (await testEnv.daemonSet('cxi-device-plugin')).metadata?.ownerReferences?.[0]?.kind === 'CXIDriver',
    60_000,
  );
}, 90_000);
