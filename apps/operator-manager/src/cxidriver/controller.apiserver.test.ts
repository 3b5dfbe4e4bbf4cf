import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cxiDevices } from '@rackwright/api';
import { resources } from '@rackwright/kube';
import {
  deniedRequests,
  formatDenied,
  readAuditLog,
  serviceAccountUser,
} from '@rackwright/testbed/without-nodes';
import { conditionOf } from '../testing/conditions.ts';
import { namespace, OperatorEnvironment } from '../testing/operator-environment.ts';

const all = ['cxi-device-plugin', 'cxi-driver-agent', 'cxi-metrics-exporter', 'cxi-retry-handler'];
let testEnv: OperatorEnvironment;

beforeAll(async () => {
  testEnv = await OperatorEnvironment.start();
}, 120_000);

afterAll(() => testEnv?.[Symbol.asyncDispose]());

async function rollAll(driver = 'cxi', desired = 2): Promise<void> {
  for (const name of await testEnv.daemonSets()) {
    if (name.startsWith(driver)) await testEnv.roll(name, { desired, available: desired });
  }
}

async function event(reason: string, text: string): Promise<void> {
  await testEnv.until(`event ${reason} about ${text}`, async () => {
    const { items } = await testEnv.admin.list(resources.events, { namespace: 'default' });
    return items.some((item) => item.reason === reason && item.note?.includes(text));
  });
}

/** Lets the controller look once more and returns what it asked the API server for. */
async function callsOfOneReconcile(): Promise<string[]> {
  const before = testEnv.reconciles;
  testEnv.client.calls = [];
  // A label nobody looks at: an event for the controller and nothing to do.
  await testEnv.patchDriver('cxi', { metadata: { labels: { touched: String(before) } } });
  await testEnv.until('another reconcile', async () => testEnv.reconciles > before);
  return testEnv.client.calls;
}

describe('a new CXIDriver', () => {
  test('brings up four DaemonSets, their accounts and one binding', async () => {
    await testEnv.createDriver('cxi', {
      version: '13.0.0',
      metricsExporter: { resources: { limits: { cpu: '1000m' } } },
    });
    await testEnv.until('four DaemonSets', async () => (await testEnv.daemonSets()).join() === all.join());
    const accounts = await testEnv.admin.list(resources.serviceAccounts, { namespace });
    expect(accounts.items.map(({ metadata }) => metadata?.name)).toEqual(expect.arrayContaining(all));
    const binding = await testEnv.admin.get(resources.clusterRoleBindings, {
      name: 'slingshot-operator-driver-agent-cxi',
    });
    expect(binding.subjects).toEqual([{ kind: 'ServiceAccount', name: 'cxi-driver-agent', namespace }]);
    await event('ComponentCreated', 'cxi-retry-handler');
    await event('Activated', 'active one');
  });

  test('is named in the ConfigMap of older tools and protected by the finalizer', async () => {
    const record = await testEnv.admin.get(resources.configMaps, { namespace, name: 'cxidriver-singleton' });
    expect(record.data).toEqual({ 'active-driver': 'cxi' });
    expect((await testEnv.driver('cxi')).metadata?.finalizers).toEqual(['cxi.hpe.com/finalizer']);
  });

  test('is reconciling, not degraded, until its pods are ready', async () => {
    await testEnv.condition('cxi', 'Reconciling', { status: 'True' });
    await testEnv.condition('cxi', 'Degraded', { status: 'False' });
    await testEnv.condition('cxi', 'Available', { status: 'False', reason: 'WaitingForPods' });
    await rollAll();
    const ready = await testEnv.condition('cxi', 'Ready', { status: 'True', reason: 'Ready' });
    expect(ready.message).toBe('2 nodes ready');
    expect((await testEnv.driver('cxi')).status).toMatchObject({
      nodes: 2,
      ready: 2,
      updating: 0,
      failed: 0,
      driverVersion: '13.0.0',
      retryHandlerMode: 'daemonset',
    });
    await event('RolledOut', '2 nodes ready');
  });

  test('asks the API server for nothing when there is nothing to do', async () => {
    await testEnv.until('a reconcile without a call', async () => (await callsOfOneReconcile()).length === 0);
    expect(await callsOfOneReconcile()).toEqual([]);
  });
});

describe('a CXIDriver that runs', () => {
  test('has its DaemonSets put right when somebody changes them', async () => {
    const key = { namespace, name: 'cxi-device-plugin' };
    const labels = { 'app.kubernetes.io/part-of': 'somebody' };
    await testEnv.admin.patch(resources.daemonSets, key, { metadata: { labels } }, { strategy: 'merge' });
    await testEnv.until('the label to be back', async () => {
      const { metadata } = await testEnv.daemonSet(key.name);
      return metadata?.labels?.['app.kubernetes.io/part-of'] === 'rackwright';
    });
    await testEnv.admin.delete(resources.daemonSets, key);
    await testEnv.until('the DaemonSet to be back', async () =>
      (await testEnv.daemonSets()).includes(key.name),
    );
  });

  test('hands its settings to the agents', async () => {
    await testEnv.patchDriver('cxi', {
      spec: { devicePlugin: { sharingMode: 'exclusive', requireRetryHandler: true } },
    });
    await testEnv.until('the new arguments', async () => {
      const args =
        (await testEnv.daemonSet('cxi-device-plugin')).spec?.template.spec?.containers[0]?.args ?? [];
      return args.includes('--sharing-mode=exclusive') && args.includes('--require-retry-handler=true');
    });
    await rollAll();
    await testEnv.condition('cxi', 'Ready', { status: 'True', observedGeneration: 2 });
  });

  test('loses a component that is switched off, and keeps it off', async () => {
    await testEnv.patchDriver('cxi', { spec: { metricsExporter: { enabled: false } } });
    await testEnv.endPods('cxi-metrics-exporter');
    await testEnv.until(
      'the exporter to go',
      async () => !(await testEnv.daemonSets()).includes('cxi-metrics-exporter'),
    );
    await testEnv.condition('cxi', 'Ready', { status: 'True', observedGeneration: 3 });
    const driver = await testEnv.driver('cxi');
    expect(driver.spec.metricsExporter.enabled).toBe(false);
    expect(conditionOf(driver, 'MetricsExporterReady')).toBeUndefined();
    await event('ComponentDeleted', 'cxi-metrics-exporter');
  });

  test('has a component back that is switched on while it still ends, once its last pod has ended', async () => {
    const name = 'cxi-metrics-exporter';
    const enable = (enabled: boolean) =>
      testEnv.patchDriver('cxi', { spec: { metricsExporter: { enabled } } });
    await enable(true);
    await testEnv.until('the exporter', async () => (await testEnv.daemonSets()).includes(name));
    const { metadata } = await testEnv.daemonSet(name);
    await enable(false);
    await testEnv.until('its end', async () => (await testEnv.daemonSet(name)).metadata?.deletionTimestamp);
    await enable(true);
    await testEnv.condition('cxi', 'MetricsExporterReady', { status: 'False', reason: 'RollingOut' });
    expect((await testEnv.daemonSet(name)).metadata?.uid).toBe(metadata?.uid);
    await testEnv.endPods(name);
    await testEnv.until('a new exporter', async () => (await testEnv.daemonSets()).includes(name));
    expect((await testEnv.daemonSet(name)).metadata?.uid).not.toBe(metadata?.uid);
    await enable(false);
    await testEnv.endPods(name);
    await testEnv.condition('cxi', 'Ready', { status: 'True' });
  });

  test('is stalled, with everything left running, when its source is not supported', async () => {
    await testEnv.patchDriver('cxi', {
      spec: { source: { type: 'dkms', dkms: { tag: 'release/shs-13.0.0' } } },
    });
    const stalled = await testEnv.condition('cxi', 'Stalled', {
      status: 'True',
      reason: 'SourceUnsupported',
    });
    expect(stalled.message).toContain('use preinstalled');
    expect(await testEnv.daemonSets()).toHaveLength(3);
    await event('SourceUnsupported', 'spec.source.type dkms');
    await testEnv.patchDriver('cxi', { spec: { source: { type: 'preinstalled' } } });
    await testEnv.condition('cxi', 'Ready', { status: 'True' });
  });

  test('is stalled when the API server refuses what the spec leads to', async () => {
    const resourcesOf = (memory: string) => ({ requests: { memory }, limits: { memory: '64Mi' } });
    await testEnv.patchDriver('cxi', { spec: { devicePlugin: { resources: resourcesOf('1Gi') } } });
    const stalled = await testEnv.condition('cxi', 'Stalled', { status: 'True', reason: 'InvalidSpec' });
    expect(stalled.message).toContain('must be less than or equal to memory limit');
    await testEnv.condition('cxi', 'DevicePluginReady', { status: 'False', reason: 'Failed' });
    await testEnv.patchDriver('cxi', { spec: { devicePlugin: { resources: resourcesOf('32Mi') } } });
    await testEnv.until('the mended template', async () => {
      const { spec } = await testEnv.daemonSet('cxi-device-plugin');
      return spec?.template.spec?.containers[0]?.resources?.requests?.memory === '32Mi';
    });
    await rollAll();
    await testEnv.condition('cxi', 'Ready', { status: 'True' });
  });
});

describe('a second CXIDriver', () => {
  test('is ignored, says so and owns nothing', async () => {
    await testEnv.createDriver('second', { version: '14.0.0' });
    await testEnv.condition('second', 'Degraded', { status: 'True', reason: 'AnotherCXIDriverActive' });
    await testEnv.condition('second', 'Available', { status: 'False', reason: 'Ignored' });
    expect((await testEnv.driver('second')).metadata?.finalizers).toBeUndefined();
    expect((await testEnv.daemonSets()).filter((name) => name.startsWith('second'))).toEqual([]);
    await event('Ignored', 'CXIDriver cxi is older');
  });

  test('takes over, in order and by itself, when the first is deleted', async () => {
    const device = { apiVersion: 'cxi.hpe.com/v1', kind: 'CXIDevice', metadata: { name: 'node-a-cxi0' } };
    await testEnv.admin.create(cxiDevices, device);
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-a', labels: { mine: 'yes' } } };
    await testEnv.admin.create(resources.nodes, node);
    const labels = { 'slingshot.hpe.com/cxi-present': 'true', 'slingshot.hpe.com/device-count': '1' };
    const labelled = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-a', labels } };
    const fieldManager = 'rackwright-driver-agent';
    await testEnv.admin.apply(resources.nodes, labelled, { fieldManager });
    const conditions = [{ type: 'SlingshotRebootRequired', status: 'True' as const }];
    const status = { ...node, status: { conditions } };
    await testEnv.admin.apply(resources.nodes, status, { fieldManager, subresource: 'status' });

    const deleting = await testEnv.plane.kubectl('delete', 'cxid', 'cxi', '--wait=false');
    expect(deleting).toMatchObject({ code: 0 });
    await testEnv.condition('second', 'Ready', { status: 'False', reason: 'WaitingForCleanup' });
    await testEnv.endPods('cxi-retry-handler');
    await testEnv.endPods('cxi-device-plugin');
    expect(await testEnv.admin.get(cxiDevices, { name: 'node-a-cxi0' })).toBeDefined();
    await testEnv.endPods('cxi-driver-agent');
    await testEnv.until('DaemonSets of the second driver', async () =>
      (await testEnv.daemonSets()).includes('second-driver-agent'),
    );

    await testEnv.until(
      'the first driver to be gone',
      async () => (await testEnv.driverNames()).join() === 'second',
    );
    await expect(testEnv.admin.get(cxiDevices, { name: 'node-a-cxi0' })).rejects.toMatchObject({
      code: 'NotFound',
    });
    expect((await testEnv.admin.get(resources.nodes, { name: 'node-a' })).metadata?.labels).toEqual({
      mine: 'yes',
    });
    const record = await testEnv.admin.get(resources.configMaps, { namespace, name: 'cxidriver-singleton' });
    expect(record.data).toEqual({ 'active-driver': 'second' });
  });
});

test('CRDs of an older version are told of at once, and no longer once they are mended', async () => {
  testEnv.crdShortfall.set('CRD cxidrivers.cxi.hpe.com: spec.a is missing');
  for (const name of await testEnv.driverNames()) {
    const told = await testEnv.condition(name, 'CRDsCurrent', { status: 'False' });
    expect(told.message).toBe('CRD cxidrivers.cxi.hpe.com: spec.a is missing');
  }
  testEnv.crdShortfall.set(undefined);
  for (const name of await testEnv.driverNames()) {
    await testEnv.until('the condition to be gone', async () => {
      const { status } = await testEnv.driver(name);
      return !status?.conditions?.some(({ type }) => type === 'CRDsCurrent');
    });
  }
});

test('a DaemonSet of the older operator is replaced while its pods go on', async () => {
  const name = 'second-retry-handler';
  const { metadata } = await testEnv.daemonSet(name);
  const patch = { metadata: { annotations: { 'rackwright.io/applied-hash': null } } };
  await testEnv.admin.patch(resources.daemonSets, { namespace, name }, patch, { strategy: 'merge' });
  await testEnv.until('the old DaemonSet to be orphaned', async () => {
    const old = await testEnv.daemonSet(name);
    return old.metadata?.uid === metadata?.uid && old.metadata?.finalizers?.includes('orphan');
  });
  await testEnv.endPods(name);
  await testEnv.until(
    'a new DaemonSet',
    async () => (await testEnv.daemonSet(name)).metadata?.uid !== metadata?.uid,
  );
});

test('the operator was refused nothing', async () => {
  const operator = serviceAccountUser({ namespace, name: 'slingshot-operator' });
  const audit = await readAuditLog(testEnv.plane.auditLog, { user: (name) => name === operator });
  expect(audit.length).toBeGreaterThan(0);
  expect(deniedRequests(audit).map(formatDenied)).toEqual([]);
});
