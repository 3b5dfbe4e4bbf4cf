import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { HostRoot } from '@rackwright/host';
import {
  ignoreNotFound,
  KubeClient,
  type PersistentVolumeClaim,
  type Pod,
  resources,
} from '@rackwright/kube';
import { ControlPlane, ProgramResolver, type TemporaryFolder, temporaryFolder } from '@rackwright/testbed';
import { KubeletDouble } from './kubelet-double.ts';
import { PlainCsiDriver, refusal } from './testing/plain-csi-driver.ts';
import { waitFor } from './testing/wait-for.ts';

const clock = systemClock;
const namespace = 'default';
const driverName = 'plain.example.com';
const waitMs = 30_000;
let stack: AsyncDisposableStack;
let plane: ControlPlane;
let folder: TemporaryFolder;
let kubelet: KubeletDouble;
let client: KubeClient;
let driver: PlainCsiDriver;
/** Handle of the volume with which something is wrong. */
let lost: string | undefined;
/** What the driver answers to NodePublishVolume. */
let answer: Error | undefined;

beforeAll(async () => {
  stack = new AsyncDisposableStack();
  folder = stack.use(await temporaryFolder('rwkc'));
  const programs = new ProgramResolver({ env: process.env, clock, progress: () => undefined });
  plane = stack.use(await ControlPlane.start({ programs, clock }));
  client = stack.use(new KubeClient({ connection: plane.admin(), clock, userAgent: 'kubelet-test' }));
  const host = join(folder.path, 'n1');
  driver = stack.use(
    await PlainCsiDriver.serve({
      ...{ name: driverName, host: new HostRoot(host) },
      problem: (volume) => (volume === lost ? 'its device is gone' : undefined),
      before: (method) => {
        if (answer !== undefined && method === 'nodePublishVolume') throw answer;
        return undefined;
      },
    }),
  );
  kubelet = stack.use(
    await KubeletDouble.start({
      ...{ nodeName: 'n1', connection: plane.node('n1'), host, podIpPrefix: '127.254.252.', clock },
      ...{ images: () => undefined, runFolder: join(folder.path, 'run') },
      timings: { nodeStatusMs: 200, syncMs: 500, volumeStatsMs: 500 },
      volumeHealth: true,
    }),
  );
  await client
    .create(resources.serviceAccounts, { metadata: { name: 'default', namespace } })
    .catch(() => undefined);
  await client.create(resources.csiDrivers, {
    metadata: { name: driverName },
    spec: { attachRequired: false, podInfoOnMount: true, volumeLifecycleModes: ['Persistent', 'Ephemeral'] },
  });
  await driver.register();
  await waitFor(async () => expect(await drivers()).toEqual([driverName]), waitMs);
}, 120_000);

afterAll(() => stack.disposeAsync(), 60_000);

beforeEach(() => {
  answer = undefined;
  driver.calls.length = 0;
});

async function drivers(): Promise<string[]> {
  const node = await client.get(resources.csiNodes, { name: 'n1' });
  return (node.spec.drivers ?? []).map(({ name }) => name);
}

/** A claim that is bound to a volume of the driver: nothing binds here but the test. */
async function claim(name: string, volumeMode: 'Filesystem' | 'Block' = 'Filesystem'): Promise<void> {
  const size = { storage: '1Gi' };
  const spec = { accessModes: ['ReadWriteOnce'], storageClassName: '', volumeMode };
  const { metadata } = await client.create(resources.persistentVolumeClaims, {
    metadata: { name, namespace },
    spec: { ...spec, volumeName: `pv-${name}`, resources: { requests: size } },
  });
  const claimRef = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    namespace,
    name,
    uid: metadata?.uid ?? '',
  };
  await client.create(resources.persistentVolumes, {
    metadata: { name: `pv-${name}` },
    spec: { ...spec, capacity: size, claimRef, csi: { driver: driverName, volumeHandle: `handle-${name}` } },
  });
  await patchClaim(name, { phase: 'Bound', capacity: size });
}

async function patchClaim(name: string, status: PersistentVolumeClaim['status']): Promise<void> {
  const options = { strategy: 'merge', subresource: 'status' } as const;
  await client.patch(resources.persistentVolumeClaims, { namespace, name }, { status }, options);
}

async function run(name: string, script: string, volume: object, use: object): Promise<void> {
  await client.create(resources.pods, {
    metadata: { name, namespace },
    spec: {
      ...{ nodeName: 'n1', restartPolicy: 'Never', terminationGracePeriodSeconds: 1 },
      automountServiceAccountToken: false,
      containers: [
        {
          name: 'c',
          image: 'busybox',
          command: ['sh', '-c', `cd "$RACKWRIGHT_SANDBOX_ROOT"; ${script}`],
          ...use,
        },
      ],
      volumes: [{ name: 'data', ...volume }],
    },
  });
}

function claimed(claimName: string): object {
  return { persistentVolumeClaim: { claimName } };
}

const mounted = { volumeMounts: [{ name: 'data', mountPath: '/data' }] };

function get(name: string): Promise<Pod> {
  return client.get(resources.pods, { namespace, name });
}

async function untilPhase(name: string, phase: string): Promise<void> {
  await waitFor(async () => expect((await get(name)).status?.phase).toBe(phase), waitMs);
}

async function remove(name: string): Promise<void> {
  await client.delete(resources.pods, { namespace, name });
  await waitFor(async () => expect(await ignoreNotFound(get(name))).toBeUndefined(), waitMs);
}

const once = ['nodeStageVolume', 'nodePublishVolume', 'nodeUnpublishVolume', 'nodeUnstageVolume'];

/** A pod that has ended leaves the API server at once when it is deleted, its volumes the node a moment later. */
async function untilCalled(methods: readonly string[]): Promise<void> {
  await waitFor(() => expect(driver.methods).toEqual(methods), waitMs);
}

async function events(name: string): Promise<string[]> {
  const { items } = await client.list(resources.events, { namespace });
  return items
    .filter(({ regarding }) => regarding?.name === name)
    .map(({ reason, note }) => `${reason}: ${note}`);
}

test('a driver that registers is in the CSINode, with labels and a name of the node', async () => {
  const node = await client.get(resources.nodes, { name: 'n1' });
  const { metadata, spec } = await client.get(resources.csiNodes, { name: 'n1' });
  expect(metadata?.ownerReferences).toMatchObject([{ kind: 'Node', uid: node.metadata?.uid }]);
  expect(spec.drivers).toEqual([{ name: driverName, nodeID: 'here', topologyKeys: [`${driverName}/node`] }]);
  expect(node.metadata?.labels).toMatchObject({ [`${driverName}/node`]: 'here' });
  expect(node.metadata?.annotations).toMatchObject({
    'csi.volume.kubernetes.io/nodeid': JSON.stringify({ [driverName]: 'here' }),
  });
});

test('a driver whose socket goes is taken off the CSINode, and put back with it', async () => {
  await driver.deregister();
  await waitFor(async () => expect(await drivers()).toEqual([]), waitMs);
  await driver.register();
  await waitFor(async () => expect(await drivers()).toEqual([driverName]), waitMs);
}, 60_000);

test('what a pod writes to its claim the next pod reads, and the volume leaves the node with each', async () => {
  await claim('kept');
  await run('writer', 'echo hello > data/file', claimed('kept'), mounted);
  await untilPhase('writer', 'Succeeded');
  await remove('writer');
  await run('reader', 'grep hello data/file', claimed('kept'), mounted);
  await untilPhase('reader', 'Succeeded');
  await remove('reader');
  await untilCalled([...once, ...once]);
}, 60_000);

test('a raw block volume is a file of the container', async () => {
  await claim('raw', 'Block');
  const use = { volumeDevices: [{ name: 'data', devicePath: '/dev/pmem' }] };
  await run('block', 'echo bytes > dev/pmem && grep bytes dev/pmem', claimed('raw'), use);
  await untilPhase('block', 'Succeeded');
  await remove('block');
  await untilCalled(once);
}, 60_000);

test('an inline volume lives as long as its pod', async () => {
  await run(
    'inline',
    'echo x > data/x',
    { csi: { driver: driverName, volumeAttributes: { size: '1Gi' } } },
    mounted,
  );
  await untilPhase('inline', 'Succeeded');
  await remove('inline');
  await untilCalled(['nodePublishVolume', 'nodeUnpublishVolume']);
}, 60_000);

test('a driver that refuses keeps the pod waiting, and an event says why', async () => {
  await claim('refused');
  answer = refusal('no space left');
  await run('waiting', 'true', claimed('refused'), mounted);
  await waitFor(async () => {
    expect(await events('waiting')).toContainEqual(
      expect.stringMatching(
        /^FailedMount: MountVolume\.SetUp failed for volume "pv-refused" : .*no space left/,
      ),
    );
  }, waitMs);
  expect((await get('waiting')).status?.phase).toBe('Pending');
  answer = undefined;
  await untilPhase('waiting', 'Succeeded');
  await remove('waiting');
  await waitFor(() => expect(driver.methods.at(-1)).toBe('nodeUnstageVolume'), waitMs);
}, 90_000);

test('a claim that is not bound keeps the pod waiting, and one event says so of all its volumes', async () => {
  await client.create(resources.persistentVolumeClaims, {
    metadata: { name: 'late', namespace },
    spec: {
      ...{ accessModes: ['ReadWriteOnce'], storageClassName: 'none' },
      resources: { requests: { storage: '1Gi' } },
    },
  });
  await run('early', 'true', claimed('late'), mounted);
  const lists = 'unmounted volumes=[data], unattached volumes=[], failed to process volumes=[data]';
  await waitFor(async () => {
    expect(await events('early')).toContain(
      `FailedMount: Unable to attach or mount volumes: ${lists}: error processing PVC ${namespace}/late: PVC is not bound`,
    );
  }, waitMs);
  expect(driver.methods).toEqual([]);
  await remove('early');
}, 60_000);

test('a claim that grows has its volume grown under the pod', async () => {
  await claim('growing');
  await run('user', 'sleep 1000', claimed('growing'), mounted);
  await untilPhase('user', 'Running');
  const storage = '2Gi';
  await client.patch(
    resources.persistentVolumes,
    { name: 'pv-growing' },
    { spec: { capacity: { storage } } },
    { strategy: 'merge' },
  );
  await patchClaim('growing', {
    allocatedResources: { storage },
    allocatedResourceStatuses: { storage: 'NodeResizePending' },
  });
  await waitFor(async () => {
    const { status } = await client.get(resources.persistentVolumeClaims, { namespace, name: 'growing' });
    expect(status?.capacity).toEqual({ storage });
    expect(status?.allocatedResourceStatuses).toBeUndefined();
  }, waitMs);
  const { request } = driver.calls.find(({ method }) => method === 'nodeExpandVolume') ?? {};
  expect(request).toMatchObject({ volumeId: 'handle-growing', capacityRange: { requiredBytes: 2n ** 31n } });
  await waitFor(async () => expect(await events('growing')).toHaveLength(1), waitMs);
  await remove('user');
}, 60_000);

test('a pod whose driver is away stays until its volume is unmounted, also over a restart of the kubelet', async () => {
  await claim('held');
  await run('holder', 'sleep 1000', claimed('held'), mounted);
  await untilPhase('holder', 'Running');
  await driver.deregister();
  await waitFor(async () => expect(await drivers()).toEqual([]), waitMs);
  await client.delete(resources.pods, { namespace, name: 'holder' });
  await waitFor(async () => expect((await get('holder')).status?.phase).toBe('Failed'), waitMs);
  await kubelet.restart();
  expect((await get('holder')).metadata?.deletionTimestamp).toBeDefined();
  await driver.register();
  await waitFor(async () => expect(await ignoreNotFound(get('holder'))).toBeUndefined(), waitMs);
  await waitFor(() => expect(driver.methods.slice(-2)).toEqual(once.slice(2)), waitMs);
}, 90_000);

test('a pod is told of a volume with which something is wrong, by the name it has in the pod', async () => {
  await claim('good');
  await claim('bad');
  await run('well', 'sleep 1000', claimed('good'), mounted);
  await run('ill', 'sleep 1000', claimed('bad'), mounted);
  await untilPhase('well', 'Running');
  await untilPhase('ill', 'Running');
  lost = 'handle-bad';
  await waitFor(async () => {
    expect(await events('ill')).toContainEqual('VolumeConditionAbnormal: Volume data: its device is gone');
  }, waitMs);
  const asked = driver.calls.filter(({ method }) => method === 'nodeGetVolumeStats');
  expect(asked.map(({ request }) => request.volumeId)).toContain('handle-good');
  expect((await events('well')).filter((line) => line.startsWith('VolumeCondition'))).toEqual([]);
  for (const name of ['well', 'ill']) await remove(name);
}, 60_000);
