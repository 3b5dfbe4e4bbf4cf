import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type AidaptivCacheNodeStatus, aidaptivCaches } from '@rackwright/api';
import { type Node, resources } from '@rackwright/kube';
import { CacheEnvironment, namespace } from './testing/cache-environment.ts';

const plugin = 'aidaptivcache-device-plugin';
const exporter = 'aidaptivcache-exporter';
let testEnv: CacheEnvironment;

beforeAll(async () => {
  testEnv = await CacheEnvironment.start();
}, 120_000);

afterAll(() => testEnv?.[Symbol.asyncDispose]());

const healthy: AidaptivCacheNodeStatus = {
  devices: [{ serial: 'A', eligible: true, health: 'Healthy' }],
  cache: { state: 'Ready', mounted: true, hostPath: '/mnt/nvme0' },
  units: { capacity: 1, healthy: 1, allocated: 1 },
};
const dead: AidaptivCacheNodeStatus = {
  devices: [{ serial: 'A', eligible: true, health: 'Unhealthy', message: 'controller is dead' }],
  cache: { state: 'Lost', mounted: false, hostPath: '/mnt/nvme0' },
  units: { capacity: 1, healthy: 0, allocated: 1 },
};

function condition(object: { status?: object } | undefined, type: string) {
  const { conditions = [] } = (object?.status ?? {}) as {
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
  };
  return conditions.find((one) => one.type === type);
}

async function untilCache(type: string, status: string): Promise<void> {
  await testEnv.until(`${type} ${status}`, async () => {
    return condition(await testEnv.cache(), type)?.status === status;
  });
}

async function untilNode(name: string, holds: (node: Node) => boolean): Promise<Node> {
  await testEnv.until(`node ${name}`, async () => holds(await testEnv.node(name)));
  return testEnv.node(name);
}

const healthOf = ({ metadata }: Node): string | undefined => metadata?.labels?.['phison.com/ai100.health'];

describe('an AidaptivCache', () => {
  test('rolls the device plugin out under an account with its rights', async () => {
    await testEnv.create({ devicePlugin: { arguments: ['-m', '/mnt/other'] } });
    await testEnv.until('the DaemonSet', async () => (await testEnv.daemonSet(plugin)) !== undefined);
    const { spec } = (await testEnv.daemonSet(plugin)) ?? {};
    const pod = spec?.template.spec;
    expect(pod).toMatchObject({
      serviceAccountName: plugin,
      automountServiceAccountToken: true,
      nodeSelector: { 'phison.com/ai100-present': 'true' },
    });
    expect(JSON.stringify(pod?.affinity)).toContain(
      '{"key":"phison.com/ai100.deploy","operator":"NotIn","values":["false"]}',
    );
    const { args = [], image } = pod?.containers[0] ?? {};
    expect(image).toBe('registry/plugin:1');
    expect(args).toEqual(
      expect.arrayContaining(['--cluster-id=here', '--cache-settle=30s', '--firmware=EIFZ']),
    );
    expect(args.slice(-2)).toEqual(['-m', '/mnt/other']);
    const binding = await testEnv.admin.get(resources.roleBindings, { namespace, name: plugin });
    expect(binding.roleRef.name).toBe('aidaptivcache-operator-ai100-device-plugin-namespace');
  });

  test('exports metrics behind a headless Service, without privileges if the device plugin tells all', async () => {
    const service = await testEnv.admin.get(resources.services, { namespace, name: exporter });
    expect(service.spec).toMatchObject({ clusterIP: 'None', ports: [{ name: 'http', port: 9299 }] });
    const securityContext = async () =>
      (await testEnv.daemonSet(exporter))?.spec?.template.spec?.containers[0]?.securityContext;
    expect(await securityContext()).toMatchObject({ privileged: true });
    await testEnv.patch({ exporter: { source: 'Agent' } });
    await testEnv.until('no privileges', async () => (await securityContext())?.runAsNonRoot === true);
    expect(await securityContext()).not.toHaveProperty('privileged');
  });

  test('is pending while no node has drives', async () => {
    await testEnv.until('the phase', async () => (await testEnv.cache())?.status?.phase === 'Pending');
    expect((await testEnv.cache())?.metadata?.finalizers).toEqual(['operators.phison.com/aidaptivcache']);
  });

  test('is ready once every node has its agents and its cache', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await testEnv.addNode(name);
    await testEnv.addNode('opted-out', { 'phison.com/ai100.deploy': 'false' });
    for (const name of [plugin, exporter]) await testEnv.roll(name, 4);
    await untilCache('NodesHealthy', 'False');
    expect(condition(await testEnv.node('a'), 'AI100DeviceProblem')).toMatchObject({
      status: 'Unknown',
      reason: 'NoReport',
    });
    for (const name of ['a', 'b', 'c', 'd']) await testEnv.reportFrom(name, healthy);
    await untilCache('Ready', 'True');
    expect((await testEnv.cache())?.status).toMatchObject({
      phase: 'Ready',
      nodes: { desired: 4, ready: 4, unhealthy: 0 },
      units: { capacity: 4, healthy: 4, allocated: 4 },
      components: [
        { name: 'ai100-device-plugin', desired: 4, updated: 4, ready: 4, image: 'registry/plugin:1' },
        { name: 'nvme-exporter', desired: 4, updated: 4, ready: 4, image: 'registry/exporter:1' },
      ],
    });
    await untilCache('Available', 'True');
    expect(healthOf(await testEnv.node('a'))).toBe('healthy');
    expect(condition(await testEnv.node('a'), 'AI100CacheUnavailable')).toMatchObject({ status: 'False' });
    expect(condition(await testEnv.node('opted-out'), 'AI100DeviceProblem')).toBeUndefined();
  });

  test('tells how many exporters report, whatever that is to its readiness', async () => {
    expect((await testEnv.cache())?.status?.exporters).toEqual({ expected: 4, reporting: 0, silent: [] });
    expect(condition(await testEnv.cache(), 'ExportersReporting')).toMatchObject({
      ...{ status: 'Unknown', reason: 'AwaitingHandshakes' },
      message: '0 of 4 exporters report yet',
    });
    testEnv.shake('a', 'b', 'c', 'd', 'of-another-family');
    await untilCache('ExportersReporting', 'True');
    expect((await testEnv.cache())?.status?.exporters).toEqual({ expected: 4, reporting: 4, silent: [] });
    await untilCache('Ready', 'True');
  });

  test('asks the API server for nothing when there is nothing to do', async () => {
    let calls: readonly string[] = ['none yet'];
    await testEnv.until('a reconcile without a call', async () => {
      testEnv.client.calls = [];
      testEnv.shake('a', 'b', 'c', 'd');
      await testEnv.reconcileAgain('a');
      calls = testEnv.client.calls;
      return calls.length === 0;
    });
    expect(calls).toEqual([]);
  });
});

describe('a node whose drive dies', () => {
  test('gets a label, conditions and, if wanted, a taint beside those of others', async () => {
    const taints = [{ key: 'team', value: 'x', effect: 'NoSchedule' }];
    await testEnv.admin.patch(resources.nodes, { name: 'a' }, { spec: { taints } }, { strategy: 'merge' });
    await testEnv.patch({ recovery: { taint: 'NoSchedule' } });
    await testEnv.reportFrom('a', dead);
    const node = await untilNode('a', ({ spec }) => spec?.taints?.length === 2);
    expect(node.spec?.taints).toEqual([
      ...taints,
      { key: 'phison.com/ai100-unhealthy', effect: 'NoSchedule' },
    ]);
    await untilNode('a', (one) => healthOf(one) === 'unhealthy');
    expect(condition(await testEnv.node('a'), 'AI100DeviceProblem')).toMatchObject({
      status: 'True',
      reason: 'DeviceUnhealthy',
      message: 'A is Unhealthy: controller is dead',
    });
    expect(condition(await testEnv.node('a'), 'AI100CacheUnavailable')).toMatchObject({
      reason: 'CacheLost',
    });
    await untilCache('Degraded', 'True');
    expect((await testEnv.cache())?.status).toMatchObject({
      phase: 'Degraded',
      nodes: { desired: 4, ready: 3, unhealthy: 1 },
    });
    expect(condition(await testEnv.cache(), 'RecoverySuspended')?.status).toBe('False');
  });

  test('is one of too many, and recovery rests', async () => {
    for (const name of ['b', 'c']) await testEnv.reportFrom(name, dead);
    await untilCache('RecoverySuspended', 'True');
    expect(condition(await testEnv.cache(), 'RecoverySuspended')).toMatchObject({
      reason: 'ManyNodesUnhealthy',
      message: '3 of 4 nodes failed within ten minutes; look for a common cause',
    });
    for (const name of ['b', 'c']) await testEnv.reportFrom(name, healthy);
    await untilCache('RecoverySuspended', 'False');
  });

  test('is clean again when the drive is back', async () => {
    await testEnv.reportFrom('a', healthy);
    const node = await untilNode('a', (one) => healthOf(one) === 'healthy');
    expect(node.spec?.taints).toEqual([{ key: 'team', value: 'x', effect: 'NoSchedule' }]);
    await untilCache('Ready', 'True');
  });
});

test('a node whose agent is silent is told of as unknown', async () => {
  await testEnv.reportFrom('d', { ...healthy, heartbeatTime: '2020-01-01T00:00:00Z' });
  const node = await untilNode('d', (one) => condition(one, 'AI100DeviceProblem')?.status === 'Unknown');
  expect(condition(node, 'AI100CacheUnavailable')).toMatchObject({
    status: 'Unknown',
    reason: 'AgentSilent',
  });
  await testEnv.until('its units', async () => (await testEnv.cache())?.status?.units?.healthy === 3);
  await testEnv.reportFrom('d', healthy);
  await untilNode('d', (one) => condition(one, 'AI100DeviceProblem')?.status === 'False');
});

test('an exporter that is silent is named, also by an operator that has just started, until it reports', async () => {
  const silent = { expected: 4, reporting: 3, silent: ['d'] };
  testEnv.passTime(16 * 60_000);
  testEnv.shake('a', 'b', 'c');
  await testEnv.reconcileAgain('a');
  await untilCache('ExportersReporting', 'False');
  expect(condition(await testEnv.cache(), 'ExportersReporting')).toMatchObject({
    reason: 'ExportersSilent',
    message: expect.stringContaining('nothing was heard for 15 minutes of d:'),
  });
  expect((await testEnv.cache())?.status?.exporters).toEqual(silent);
  await testEnv.until('an event', async () => {
    const { items } = await testEnv.admin.list(resources.events, { namespace: 'default' });
    return items.some(
      ({ reason, regarding }) => reason === 'ExportersSilent' && regarding?.name === 'default',
    );
  });
  await testEnv.restart();
  await testEnv.reconcileAgain('a');
  expect((await testEnv.cache())?.status?.exporters).toEqual(silent);
  testEnv.shake('d');
  await untilCache('ExportersReporting', 'True');
  // The others were not heard of since the start, and count as before.
  expect((await testEnv.cache())?.status?.exporters).toEqual({ expected: 4, reporting: 4, silent: [] });
});

test('a node an administrator takes out loses what was written on it', async () => {
  const metadata = { labels: { 'phison.com/ai100.deploy': 'false' } };
  await testEnv.admin.patch(resources.nodes, { name: 'b' }, { metadata }, { strategy: 'merge' });
  await untilNode('b', (node) => healthOf(node) === undefined && node.status?.conditions === undefined);
  await testEnv.until('three nodes', async () => (await testEnv.cache())?.status?.nodes?.desired === 3);
});

test('an AidaptivCache that is deleted leaves nothing on nodes', async () => {
  await testEnv.reportFrom('a', dead);
  await untilNode('a', ({ spec }) => spec?.taints?.length === 2);
  await testEnv.admin.delete(aidaptivCaches, { name: 'default' });
  await testEnv.endAgents();
  await testEnv.until('it to be gone', async () => (await testEnv.cache()) === undefined);
  for (const name of ['a', 'c', 'd']) {
    const node = await testEnv.node(name);
    expect([healthOf(node), node.status?.conditions]).toEqual([undefined, undefined]);
  }
  expect((await testEnv.node('a')).spec?.taints).toEqual([{ key: 'team', value: 'x', effect: 'NoSchedule' }]);
});
