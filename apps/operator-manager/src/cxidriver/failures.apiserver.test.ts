import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type ContainerStatus, ignoreNotFound, type Pod, resources } from '@rackwright/kube';
import {
  deniedRequests,
  formatDenied,
  readAuditLog,
  serviceAccountUser,
} from '@rackwright/testbed/without-nodes';
import { namespace, OperatorEnvironment } from '../testing/operator-environment.ts';

// The DaemonSet controller and the scheduler are real; the kubelets are played by the tests.

let testEnv: OperatorEnvironment;

beforeAll(async () => {
  testEnv = await OperatorEnvironment.start(true, ['controller-manager', 'scheduler']);
  for (const name of ['n1', 'n2', 'n3']) await addNode(name);
}, 120_000);

afterAll(() => testEnv?.[Symbol.asyncDispose]());

async function addNode(name: string): Promise<void> {
  const labels = {
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    'kubernetes.io/hostname': name,
  };
  await testEnv.admin.create(resources.nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name, labels } });
  const allocatable = { cpu: '4', memory: '8Gi', pods: '110' };
  const conditions = [{ type: 'Ready', status: 'True' as const }];
  const status = { capacity: allocatable, allocatable, conditions };
  await testEnv.admin.patch(
    resources.nodes,
    { name },
    { status },
    { strategy: 'merge', subresource: 'status' },
  );
}

/** Only the driver agent, so that a test looks at three pods. */
const onlyDriverAgent = {
  version: '13.0.0',
  devicePlugin: { enabled: false },
  retryHandler: { enabled: false },
  metricsExporter: { enabled: false },
};

/** What the kubelet of each node says about our pod there. */
const kubelets = new Map<string, Pod['status']>();

/** Plays the kubelets: they tell of the pods of their node, and end those that are deleted. */
async function playKubelets(): Promise<void> {
  const { items } = await testEnv.admin.list(resources.pods, { namespace });
  for (const { metadata, spec, status } of items) {
    const key = { namespace, name: metadata?.name ?? '' };
    const wanted = kubelets.get(spec?.nodeName ?? '');
    const containerStatuses = (wanted?.containerStatuses ?? []).map((one) => ({
      ...one,
      name: spec?.containers[0]?.name ?? '',
    }));
    if (metadata?.deletionTimestamp !== undefined) {
      await ignoreNotFound(testEnv.admin.delete(resources.pods, key, { gracePeriodSeconds: 0 }));
    } else if (wanted !== undefined && !isDeepStrictEqual(status?.containerStatuses, containerStatuses)) {
      const patch = { status: { ...wanted, containerStatuses } };
      const options = { strategy: 'merge', subresource: 'status' } as const;
      await ignoreNotFound(testEnv.admin.patch(resources.pods, key, patch, options));
    }
  }
}

const running = { state: { running: {} }, started: true, ready: true };
const readyStatus = podStatus('Running', running);

/** What a kubelet says about a driver agent whose container is in a state. */
function podStatus(phase: 'Pending' | 'Running', container: Partial<ContainerStatus>): Pod['status'] {
  const stopped = { ready: false, restartCount: 0 };
  const identity = { name: 'driver-agent', image: 'registry/x:1', imageID: '' };
  return {
    phase,
    conditions: [{ type: 'Ready', status: container.ready ? 'True' : 'False' }],
    containerStatuses: [{ ...identity, ...stopped, ...container }],
  };
}

function waitingFor(reason: string, message: string): Partial<ContainerStatus> {
  return { state: { waiting: { reason, message } } };
}

function message(text: string): Promise<string> {
  return testEnv.until(`Ready to say ${text}`, async () => {
    await playKubelets();
    const conditions = (await testEnv.driver('cxi')).status?.conditions ?? [];
    const ready = conditions.find(({ type }) => type === 'Ready');
    return ready?.message.includes(text) ? ready.message : undefined;
  });
}

async function counts(): Promise<object> {
  const { nodes, ready, updating, failed } = (await testEnv.driver('cxi')).status ?? {};
  return { nodes, ready, updating, failed };
}

test('agents of a priority class nobody made: the condition names the cause and the remedy, and FAILED counts the nodes', async () => {
  await testEnv.createDriver('cxi', { ...onlyDriverAgent, priorityClassName: 'hpc-agents' });
  expect(await message('pod refused')).toBe(
    'DriverAgentReady: 0 of 3 pods ready, 0 up to date; driver-agent on 3 nodes: pod refused: no PriorityClass with name hpc-agents was found; make that PriorityClass or change spec.priorityClassName',
  );
  expect(await counts()).toEqual({ nodes: 3, ready: 0, updating: 0, failed: 3 });
  await testEnv.condition('cxi', 'Degraded', { status: 'True', reason: 'DriverAgentFailed' });
});

test('a namespace whose Pod Security forbids folders of the host is named with the label it needs', async () => {
  const labels = { 'pod-security.kubernetes.io/enforce': 'baseline' };
  await testEnv.admin.patch(
    resources.namespaces,
    { name: namespace },
    { metadata: { labels } },
    { strategy: 'merge' },
  );
  await testEnv.patchDriver('cxi', { spec: { priorityClassName: 'system-node-critical' } });
  expect(await message('violates PodSecurity')).toContain('pod-security.kubernetes.io/enforce=privileged');
  const privileged = { 'pod-security.kubernetes.io/enforce': 'privileged' };
  const patch = { metadata: { labels: privileged } };
  await testEnv.admin.patch(resources.namespaces, { name: namespace }, patch, { strategy: 'merge' });
});

test('an image that cannot be pulled on one of three nodes: pod, node, cause and remedy, and FAILED is 1', async () => {
  // A change of the spec, so that the DaemonSet controller tries again at once.
  await testEnv.patchDriver('cxi', { spec: { driverAgent: { switchIdMask: '0xff' } } });
  for (const node of ['n1', 'n2']) kubelets.set(node, readyStatus);
  const words = 'Back-off pulling image "registry/x:1": not found';
  kubelets.set('n3', podStatus('Pending', waitingFor('ImagePullBackOff', words)));
  expect(await message('2 of 3 pods ready; driver-agent on node n3')).toMatch(
    /^DriverAgentReady: 2 of 3 pods ready; driver-agent on node n3 \(pod cxi-driver-agent-\w{5}\): ImagePullBackOff of registry\/x:1: Back-off pulling image "registry\/x:1": not found; check the name of the image and that the nodes may pull it \(registry, imagePullSecrets\)$/,
  );
  expect(await counts()).toEqual({ nodes: 3, ready: 2, updating: 0, failed: 1 });
  await testEnv.condition('cxi', 'Degraded', { status: 'True', reason: 'NodesFailed' });
  await testEnv.condition('cxi', 'Available', { status: 'False', reason: 'NodesFailed' });
  const table = await testEnv.plane.kubectl('get', 'cxidriver', 'cxi', '-o', 'wide');
  expect(table.stdout).toMatch(/FAILED/);
  expect(table.stdout).toMatch(/ 2 +0 +1 .*ImagePullBackOff/);
});

test('when all is well again nothing is said of it, and nothing more is asked for', async () => {
  kubelets.set('n3', readyStatus);
  expect(await message('3 nodes ready')).toBe('3 nodes ready');
  expect(await counts()).toEqual({ nodes: 3, ready: 3, updating: 0, failed: 0 });
  const asked = async (): Promise<number> => {
    const audit = await testEnv.plane.auditEvents();
    return audit.filter(({ user, resource }) => user === operator && resource === 'pods').length;
  };
  const before = await asked();
  const { reconciles } = testEnv;
  await testEnv.patchDriver('cxi', { metadata: { labels: { touched: 'yes' } } });
  await testEnv.until('another reconcile', async () => testEnv.reconciles > reconciles);
  expect(await asked()).toBe(before);
});

test('an agent that needs more memory than its limit is named with the field to raise', async () => {
  const container = {
    ...waitingFor('CrashLoopBackOff', 'back-off 20s'),
    ...{ restartCount: 3, lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } } },
  };
  kubelets.set('n1', podStatus('Running', container));
  expect(await message('OOMKilled')).toContain('raise spec.driverAgent.resources.limits.memory');
});

test('a node whose retry handlers died is named with the reboot, counts as failed, and is forgotten after it', async () => {
  kubelets.set('n1', readyStatus);
  await message('3 nodes ready');
  await testEnv.patchDriver('cxi', { spec: { retryHandler: { enabled: true } } });
  await message('3 nodes ready');
  const label = 'slingshot.hpe.com/reboot-required';
  const mark = (value: string | null) =>
    testEnv.admin.patch(
      resources.nodes,
      { name: 'n2' },
      { metadata: { labels: { [label]: value } } },
      { strategy: 'merge' },
    );
  await mark('true');
  expect(await message('must be rebooted')).toBe(
    'RetryHandlerReady: 3 of 3 pods ready; node n2 must be rebooted: a retry handler died under load; drain and reboot it',
  );
  expect(await counts()).toEqual({ nodes: 3, ready: 2, updating: 0, failed: 1 });
  await testEnv.condition('cxi', 'Ready', { status: 'False', reason: 'RebootRequired' });
  await mark(null);
  expect(await message('3 nodes ready')).toBe('3 nodes ready');
});

const operator = serviceAccountUser({ namespace, name: 'slingshot-operator' });

test('the operator was refused nothing', async () => {
  const audit = await readAuditLog(testEnv.plane.auditLog, { user: (name) => name === operator });
  expect(deniedRequests(audit).map(formatDenied)).toEqual([]);
});
