import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { KubeClient, resources } from '@rackwright/kube';
import { ProgramResolver } from './programs/resolver.ts';
import { SimulatedCluster } from './simulated-cluster.ts';
import { waitUntil } from './wait-until.ts';

const clock = systemClock;
const chart = fileURLToPath(new URL('../../../charts/cxi-device-plugin', import.meta.url));
const resource = 'hpe.com/cxi';
const namespace = 'plugins';
let cluster: SimulatedCluster;
let client: KubeClient;

beforeAll(async () => {
  const programs = new ProgramResolver({ env: process.env, clock, progress: () => undefined });
  cluster = await SimulatedCluster.start({
    ...{ programs, clock, requiredApps: ['cxi-device-plugin'] },
    nodes: [{ name: 'n1', host: { nics: [{ generation: 1 }, { generation: 2 }] } }],
  });
  client = new KubeClient({ connection: cluster.controlPlane.admin(), clock, userAgent: 'chart-test' });
  const words = [
    'install',
    'plugin',
    chart,
    '--namespace',
    namespace,
    '--create-namespace',
    '--wait',
    '--timeout=60s',
  ];
  expect(await cluster.controlPlane.helm(...words)).toMatchObject({ code: 0 });
}, 120_000);

afterAll(async () => {
  await client?.[Symbol.asyncDispose]();
  await cluster?.[Symbol.asyncDispose]();
}, 60_000);

function allocatable(count: number): Promise<unknown> {
  return waitUntil(
    `${count} allocatable ${resource}`,
    async () => {
      const node = await client.get(resources.nodes, { name: 'n1' });
      return Number(node.status?.allocatable?.[resource] ?? -1) === count;
    },
    { clock, deadlineMs: 60_000 },
  );
}

/** Runs a pod with one NIC to its end and returns what it printed. */
async function withNic(name: string): Promise<string> {
  const script = 'echo "$CXI_DEVICE"; ls "$RACKWRIGHT_SANDBOX_ROOT/dev" | grep cxi';
  const container = {
    ...{ name: 'c', image: 'rackwright/workload', command: ['sh', '-c', script] },
    resources: { limits: { [resource]: '1' } },
  };
  const spec = { restartPolicy: 'Never' as const, containers: [container] };
  await client.create(resources.pods, { metadata: { name, namespace: 'default' }, spec });
  await waitUntil(
    `pod ${name} to end`,
    async () => {
      const pod = await client.get(resources.pods, { namespace: 'default', name });
      return pod.status?.phase === 'Succeeded';
    },
    { clock, deadlineMs: 60_000 },
  );
  return (await cluster.controlPlane.kubectl('logs', name)).stdout;
}

test('the chart of the device plugin runs, and a pod gets one of its NICs', async () => {
  await allocatable(200);
  const [device = '', ...rest] = (await withNic('first')).trim().split('\n');
  expect(device).toMatch(/^cxi[01]$/);
  expect(rest).toEqual([device]);
});

test('the plugin comes back by itself after a restart of the kubelet', async () => {
  await cluster.node('n1').kubelet.restart();
  await allocatable(200);
  expect(await withNic('second')).toMatch(/^cxi[01]\n/);
}, 40_000);

test('an unplugged NIC is taken from the node', async () => {
  await cluster.node('n1').host.hardware.cxi.unplug('cxi1');
  await allocatable(100);
  expect(await withNic('third')).toBe('cxi0\ncxi0\n');
}, 40_000);

test('with the chart the pods go, and the node keeps no NIC to give', async () => {
  const words = ['uninstall', 'plugin', '--namespace', namespace, '--wait', '--timeout=60s'];
  expect(await cluster.controlPlane.helm(...words)).toMatchObject({ code: 0 });
  await waitUntil(
    'the pods of the plugin to be gone',
    async () => (await client.list(resources.pods, { namespace })).items.length === 0,
    { clock },
  );
  await allocatable(0);
}, 60_000);
