import { mkdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { get as httpsGet } from 'node:https';
import { join } from 'node:path';
import { credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { silentLogger, systemClock } from '@rackwright/core';
import { ignoreNotFound, KubeClient, type Pod, resources } from '@rackwright/kube';
import { podresources } from '@rackwright/kubelet';
import {
  ControlPlane,
  ProgramResolver,
  type TemporaryFolder,
  temporaryFolder,
} from '@rackwright/testbed/without-nodes';
import { KubeletDouble } from './kubelet-double.ts';
import { device, PlainPlugin } from './testing/plain-plugin.ts';
import { waitFor } from './testing/wait-for.ts';

const clock = systemClock;
const namespace = 'default';
const prefix = '127.254.253.';
let stack: AsyncDisposableStack;
let plane: ControlPlane;
let folder: TemporaryFolder;
let kubelet: KubeletDouble;
let client: KubeClient;
let host: string;

beforeAll(async () => {
  stack = new AsyncDisposableStack();
  folder = stack.use(await temporaryFolder('rwk'));
  const programs = new ProgramResolver({ env: process.env, clock, progress: () => undefined });
  plane = stack.use(
    await ControlPlane.start({ programs, clock, components: ['controller-manager', 'scheduler'] }),
  );
  client = stack.use(new KubeClient({ connection: plane.admin(), clock, userAgent: 'kubelet-test' }));
  host = join(folder.path, 'n1');
  await mkdir(join(host, 'dev'), { recursive: true });
  await writeFile(join(host, 'dev/nic0'), 'the NIC');
  const pair = await plane.certificate({ commonName: 'system:node:n1', hosts: [`${prefix}1`] });
  kubelet = stack.use(
    await KubeletDouble.start({
      ...{
        nodeName: 'n1',
        connection: plane.node('n1'),
        host,
        podIpPrefix: prefix,
        clock,
        logger: silentLogger,
      },
      images: () => undefined,
      runFolder: join(folder.path, 'run'),
      labels: { 'example.com/rack': 'r1' },
      timings: { nodeStatusMs: 200, syncMs: 1000, crashBackOffMs: 300, imageBackOffMs: 1000 },
      serving: { ...pair, clientCa: plane.ca },
    }),
  );
  await waitFor(async () => {
    const node = await client.get(resources.nodes, { name: 'n1' });
    expect(node.spec?.taints ?? []).toEqual([]);
    expect(node.status?.conditions).toContainEqual(
      expect.objectContaining({ type: 'Ready', status: 'True' }),
    );
  });
}, 120_000);

afterAll(() => stack.disposeAsync(), 60_000);

type Spec = Partial<NonNullable<Pod['spec']>>;

async function create(name: string, script: string, spec: Spec = {}, container: object = {}): Promise<void> {
  const [first = {}, ...more] = spec.containers ?? [];
  const main = { name: 'c', image: 'busybox', command: ['sh', '-c', script], ...first, ...container };
  await client.create(resources.pods, {
    metadata: { name, namespace, labels: { app: name } },
    spec: { terminationGracePeriodSeconds: 5, ...spec, containers: [main, ...more] },
  });
}

function get(name: string): Promise<Pod> {
  return client.get(resources.pods, { namespace, name });
}

/** Waits until the pod satisfies `check`, which throws while it does not. */
async function eventually(name: string, check: (pod: Pod) => void): Promise<Pod> {
  return waitFor(async () => {
    const pod = await get(name);
    check(pod);
    return pod;
  });
}

function ended(name: string): Promise<Pod> {
  return eventually(name, (pod) => expect(['Succeeded', 'Failed']).toContain(pod.status?.phase));
}

function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ?? false;
}

async function logs(name: string, ...args: string[]): Promise<string> {
  const { stdout, stderr } = await plane.kubectl('logs', name, ...args);
  return stdout + stderr;
}

async function gone(name: string): Promise<void> {
  await waitFor(async () => expect(await ignoreNotFound(get(name))).toBeUndefined());
}

async function events(name: string): Promise<string[]> {
  const { items } = await client.list(resources.events, { namespace });
  return items.filter((event) => event.regarding?.name === name).map((event) => event.reason ?? '');
}

describe('the node', () => {
  test('is registered as a kubelet does it', async () => {
    const node = await client.get(resources.nodes, { name: 'n1' });
    expect(node.metadata?.labels).toMatchObject({
      'kubernetes.io/hostname': 'n1',
      'kubernetes.io/os': 'linux',
      'kubernetes.io/arch': expect.stringMatching(/^(amd64|arm64)$/),
      'example.com/rack': 'r1',
    });
    expect(node.status).toMatchObject({
      capacity: { cpu: '16', pods: '110' },
      addresses: [
        { type: 'InternalIP', address: `${prefix}1` },
        { type: 'Hostname', address: 'n1' },
      ],
      nodeInfo: { kubeletVersion: 'v1.36.3', operatingSystem: 'linux' },
    });
    const key = { namespace: 'kube-node-lease', name: 'n1' };
    const lease = await waitFor(() => client.get(resources.leases, key));
    expect(lease.spec).toMatchObject({ holderIdentity: 'n1', leaseDurationSeconds: 40 });
    expect(lease.metadata?.ownerReferences).toMatchObject([{ kind: 'Node', uid: node.metadata?.uid }]);
  });

  test('keeps a capacity that somebody else put into its status', async () => {
    const status = { capacity: { 'example.com/other': '3' } };
    await client.patch(
      resources.nodes,
      { name: 'n1' },
      { status },
      { strategy: 'merge', subresource: 'status' },
    );
    await using _ = await register(['a'], { resource: 'example.com/short', endpoint: 'short.sock' });
    await waitFor(async () => {
      const node = await client.get(resources.nodes, { name: 'n1' });
      expect(node.status?.capacity).toMatchObject({ 'example.com/other': '3', 'example.com/short': '1' });
    });
  });
});

describe('a pod', () => {
  test('runs, ends and shows its exit code, its message and its log', async () => {
    await create(
      'once',
      'echo hello from $HOSTNAME; echo bye > "$RACKWRIGHT_SANDBOX_ROOT/dev/termination-log"; exit 3',
      {
        restartPolicy: 'Never',
      },
    );
    const pod = await ended('once');
    expect(pod.status).toMatchObject({
      ...{ phase: 'Failed', qosClass: 'BestEffort', hostIP: `${prefix}1`, observedGeneration: 1 },
      podIP: expect.stringMatching(/^127\.254\.253\.\d+$/),
      containerStatuses: [
        { state: { terminated: { exitCode: 3, reason: 'Error', message: 'bye\n' } }, restartCount: 0 },
      ],
    });
    expect(pod.status?.conditions?.map(({ type, status }) => `${type}=${status}`).sort()).toEqual([
      ...['ContainersReady=False', 'Initialized=True', 'PodReadyToStartContainers=True', 'PodScheduled=True'],
      'Ready=False',
    ]);
    expect(await logs('once')).toBe('hello from once\n');
    expect(await logs('once', '--timestamps')).toMatch(/^\d{4}-.*Z hello from once\n$/);
    await waitFor(async () =>
      expect(await events('once')).toEqual(expect.arrayContaining(['Pulled', 'Created', 'Started'])),
    );
  });

  test('sees its environment, its own address and the API server', async () => {
    await client.create(resources.configMaps, {
      metadata: { name: 'settings', namespace },
      data: { colour: 'red' },
    });
    const env = [
      { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
      { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
      { name: 'BOTH', value: '$(NODE)/$(COLOUR)' },
      { name: 'COLOUR', valueFrom: { configMapKeyRef: { name: 'settings', key: 'colour' } } },
    ];
    await create('environment', 'env', { restartPolicy: 'Never' }, { env });
    const pod = await ended('environment');
    const variables = new Map(
      (await logs('environment')).split('\n').map((line) => line.split('=') as [string, string]),
    );
    const { port } = new URL(plane.server);
    expect(Object.fromEntries(variables)).toMatchObject({
      ...{ NODE: 'n1', IP: pod.status?.podIP, COLOUR: 'red', BOTH: 'n1/$(COLOUR)' },
      ...{ RACKWRIGHT_SANDBOX_ADDRESS: pod.status?.podIP, KUBERNETES_SERVICE_HOST: '127.0.0.1' },
      KUBERNETES_SERVICE_PORT: port,
    });
  });

  test('reaches the API server with its token, bound to the pod', async () => {
    const script = `
      base="$RACKWRIGHT_SANDBOX_ROOT/var/run/secrets/kubernetes.io/serviceaccount"
      curl -s --cacert "$base/ca.crt" -H "Authorization: Bearer $(cat "$base/token")" \
        -X POST -H 'Content-Type: application/json' -d '{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}' \
        "https://$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT/apis/authentication.k8s.io/v1/selfsubjectreviews"
      cat "$base/namespace"`;
    await create('token', script, { restartPolicy: 'Never' });
    const pod = await ended('token');
    const output = await logs('token');
    expect(output).toContain('"username": "system:serviceaccount:default:default"');
    expect(output).toContain(pod.metadata?.uid);
    expect(output).toMatch(/}default$/);
  });

  test('that crashes is started again after a while and shows it', async () => {
    await create('crashing', 'exit 1');
    const pod = await eventually('crashing', ({ status }) => {
      expect(status?.containerStatuses?.[0]).toMatchObject({
        state: { waiting: { reason: 'CrashLoopBackOff' } },
        lastState: { terminated: { exitCode: 1, reason: 'Error' } },
      });
      expect(status?.containerStatuses?.[0]?.restartCount).toBeGreaterThanOrEqual(2);
    });
    expect(pod.status?.phase).toBe('Running');
    await waitFor(async () => expect(await events('crashing')).toContain('BackOff'));
    await client.delete(resources.pods, { namespace, name: 'crashing' });
    await gone('crashing');
  });

  test('with an unknown image waits for it', async () => {
    await create('unknown', '', {}, { image: 'nobody/knows:1' });
    const reason = (pod: Pod): unknown => pod.status?.containerStatuses?.[0]?.state?.waiting?.reason;
    await eventually('unknown', (pod) => expect(reason(pod)).toBe('ErrImagePull'));
    await eventually('unknown', (pod) => expect(reason(pod)).toBe('ImagePullBackOff'));
    await waitFor(async () => expect(await events('unknown')).toContain('Failed'));
    await client.delete(resources.pods, { namespace, name: 'unknown' });
    await gone('unknown');
  });

  test('waits for a ConfigMap it needs, both as a variable and as a volume', async () => {
    const env = [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'late', key: 'x' } } }];
    await create('needs-env', 'sleep 1000', {}, { env });
    await eventually('needs-env', ({ status }) =>
      expect(status?.containerStatuses?.[0]?.state?.waiting).toEqual({
        reason: 'CreateContainerConfigError',
        message: expect.stringContaining('configmap "late" not found'),
      }),
    );
    const volumeMounts = [{ name: 'late', mountPath: '/late' }];
    const volumes = [{ name: 'late', configMap: { name: 'late' } }];
    await create(
      'needs-volume',
      'cat "$RACKWRIGHT_SANDBOX_ROOT/late/x"; sleep 1000',
      { volumes },
      { volumeMounts },
    );
    await waitFor(async () => expect(await events('needs-volume')).toContain('FailedMount'));
    expect((await get('needs-volume')).status?.containerStatuses?.[0]?.state).toEqual({
      waiting: { reason: 'ContainerCreating' },
    });
    await client.create(resources.configMaps, {
      metadata: { name: 'late', namespace },
      data: { x: 'here\n' },
    });
    await eventually('needs-env', (pod) => expect(isReady(pod)).toBe(true));
    await eventually('needs-volume', (pod) => expect(isReady(pod)).toBe(true));
    await waitFor(async () => expect(await logs('needs-volume')).toBe('here\n'));
  });

  test('sees a changed ConfigMap in its volume', async () => {
    await client.create(resources.configMaps, { metadata: { name: 'live', namespace }, data: { x: 'old' } });
    const volumes = [{ name: 'live', configMap: { name: 'live' } }];
    const volumeMounts = [{ name: 'live', mountPath: '/live' }];
    const script =
      'until [ "$(cat "$RACKWRIGHT_SANDBOX_ROOT/live/x")" = new ]; do sleep 0.1; done; echo changed';
    await create('live', script, { restartPolicy: 'Never', volumes }, { volumeMounts });
    await eventually('live', ({ status }) => expect(status?.phase).toBe('Running'));
    const patch = { data: { x: 'new' } };
    await client.patch(resources.configMaps, { namespace, name: 'live' }, patch, { strategy: 'merge' });
    await ended('live');
    expect(await logs('live')).toBe('changed\n');
  });

  test('runs its init containers first and its sidecars beside it', async () => {
    const shared = { volumeMounts: [{ name: 'shared', mountPath: '/shared' }] };
    const at = '"$RACKWRIGHT_SANDBOX_ROOT/shared/order"';
    const sh = (name: string, script: string, more: object = {}) => ({
      ...{ name, image: 'busybox', command: ['sh', '-c', script], ...shared, ...more },
    });
    const started = { exec: { command: ['sh', '-c', `grep -q side ${at}`] }, periodSeconds: 1 };
    await create('ordered', `echo main >> ${at}; cat ${at}; sleep 0.3`, {
      restartPolicy: 'Never',
      volumes: [{ name: 'shared', emptyDir: {} }],
      containers: [sh('c', `echo main >> ${at}; cat ${at}; sleep 0.3`)],
      initContainers: [
        sh('first', `echo first >> ${at}`),
        sh('side', `trap 'exit 0' TERM; echo side >> ${at}; while :; do sleep 0.05; done`, {
          ...{ restartPolicy: 'Always', startupProbe: started },
        }),
        sh('second', `echo second >> ${at}`),
      ],
    });
    const pod = await ended('ordered');
    expect(pod.status?.phase).toBe('Succeeded');
    expect(await logs('ordered', '-c', 'c')).toBe('first\nside\nsecond\nmain\n');
    expect(
      pod.status?.initContainerStatuses?.map(({ name, state }) => [name, state?.terminated?.exitCode]),
    ).toEqual([
      ...[
        ['first', 0],
        ['side', 0],
        ['second', 0],
      ],
    ]);
  });

  test('is ready by its readiness probe and restarted by its liveness probe', async () => {
    const flag = (name: string) => `"$RACKWRIGHT_SANDBOX_ROOT/tmp/${name}"`;
    const check = (name: string) => ({ exec: { command: ['sh', '-c', `test -e ${flag(name)}`] } });
    const script = `touch ${flag('alive')}; sleep 0.5; touch ${flag('ready')}; sleep 2; rm ${flag('alive')}; sleep 1000`;
    await create(
      'probed',
      script,
      {},
      {
        readinessProbe: { ...check('ready'), periodSeconds: 1 },
        livenessProbe: { ...check('alive'), periodSeconds: 1, failureThreshold: 1, initialDelaySeconds: 1 },
      },
    );
    await eventually('probed', ({ status }) =>
      expect(status?.containerStatuses?.[0]).toMatchObject({ started: true, ready: false }),
    );
    await eventually('probed', (pod) => expect(isReady(pod)).toBe(true));
    await eventually('probed', ({ status }) => expect(status?.containerStatuses?.[0]?.restartCount).toBe(1));
    await waitFor(async () =>
      expect(await events('probed')).toEqual(expect.arrayContaining(['Unhealthy', 'Killing'])),
    );
    await client.delete(resources.pods, { namespace, name: 'probed' });
    await gone('probed');
  });

  test('ends when its time is over', async () => {
    await create('deadline', 'sleep 1000', { activeDeadlineSeconds: 1, terminationGracePeriodSeconds: 1 });
    const pod = await ended('deadline');
    expect(pod.status).toMatchObject({ phase: 'Failed', reason: 'DeadlineExceeded' });
  });

  test('is let in for a label its node has just got, and turned away without it', async () => {
    const required = (rack: string): Spec => {
      const matchExpressions = [{ key: 'example.com/rack', operator: 'In', values: [rack] }];
      const nodeAffinity = {
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] },
      };
      return { nodeName: 'n1', restartPolicy: 'Never', affinity: { nodeAffinity } };
    };
    // In a row, for a report of the node's status may happen to come between a label and its pod.
    for (const rack of ['a1', 'a2', 'a3']) {
      const metadata = { labels: { 'example.com/rack': rack } };
      await client.patch(resources.nodes, { name: 'n1' }, { metadata }, { strategy: 'merge' });
      await create(`on-${rack}`, 'true', required(rack));
      expect((await ended(`on-${rack}`)).status?.phase).toBe('Succeeded');
    }
    await create('on-a1-again', 'true', required('a1'));
    const refused = await ended('on-a1-again');
    expect(refused.status).toMatchObject({ phase: 'Failed', reason: 'NodeAffinity' });
  });

  test('of the host network has the node’s address', async () => {
    await create('on-host', 'sleep 1000', { hostNetwork: true });
    const pod = await eventually('on-host', (one) => expect(isReady(one)).toBe(true));
    expect(pod.status).toMatchObject({ podIP: `${prefix}1`, hostIP: `${prefix}1` });
  });

  test('that must not run as root but would is not started', async () => {
    await create('root', 'true', { securityContext: { runAsNonRoot: true } });
    await eventually('root', ({ status }) =>
      expect(status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe('CreateContainerConfigError'),
    );
    await create('not-root', 'true', {
      restartPolicy: 'Never',
      securityContext: { runAsNonRoot: true, runAsUser: 1000 },
    });
    expect((await ended('not-root')).status?.phase).toBe('Succeeded');
  });

  test('that names a program nobody has cannot be run', async () => {
    await create('no-program', '', {}, { command: ['/no/such/program'] });
    await eventually('no-program', ({ status }) =>
      expect(status?.containerStatuses?.[0]).toMatchObject({
        state: { waiting: { reason: expect.stringMatching(/RunContainerError|CrashLoopBackOff/) } },
        lastState: { terminated: { reason: 'StartError', exitCode: 128 } },
      }),
    );
  });
});

describe('deletion', () => {
  test('runs the preStop hook, then asks the container to end, then removes the pod', async () => {
    const file = join(folder.path, 'story');
    const lifecycle = { preStop: { exec: { command: ['sh', '-c', `echo hook >> ${file}`] } } };
    await create(
      'polite',
      `trap 'echo term >> ${file}; exit 0' TERM; while :; do sleep 0.05; done`,
      {},
      { lifecycle },
    );
    await eventually('polite', (pod) => expect(isReady(pod)).toBe(true));
    await client.delete(resources.pods, { namespace, name: 'polite' });
    await gone('polite');
    expect(await readFile(file, 'utf8')).toBe('hook\nterm\n');
    await waitFor(async () => expect(await events('polite')).toContain('Killing'));
  });

  test('kills what does not end in time, and sooner when less time is granted', async () => {
    await create('stubborn', 'trap "" TERM; while :; do sleep 0.05; done', {
      terminationGracePeriodSeconds: 600,
    });
    await eventually('stubborn', (pod) => expect(isReady(pod)).toBe(true));
    await client.delete(resources.pods, { namespace, name: 'stubborn' });
    await eventually('stubborn', (pod) => expect(pod.metadata?.deletionTimestamp).toBeDefined());
    await client.delete(resources.pods, { namespace, name: 'stubborn' }, { gracePeriodSeconds: 1 });
    await gone('stubborn');
  });

  test('by force ends the container although the pod is gone already', async () => {
    await create('forced', 'sleep 1000');
    const pod = await eventually('forced', (one) => expect(isReady(one)).toBe(true));
    await client.delete(resources.pods, { namespace, name: 'forced' }, { gracePeriodSeconds: 0 });
    await waitFor(() => expect(kubelet.runtime.list(pod.metadata?.uid)).toEqual([]));
  });

  test('by eviction is one like any other', async () => {
    await create('evicted', 'sleep 1000');
    await eventually('evicted', (pod) => expect(isReady(pod)).toBe(true));
    await client.evict({ namespace, name: 'evicted' });
    await gone('evicted');
  });
});

async function register(
  ids: readonly string[],
  options: { resource: string; endpoint: string },
): Promise<PlainPlugin> {
  const plugins = await realpath(join(host, 'var/lib/kubelet/device-plugins'));
  const plugin = await PlainPlugin.serve(
    {
      ...options,
      folder: plugins,
      allocate: (given) => ({
        envs: { DEVICES: given.join(), OWN: 'the plugin’s', FROM_CDI: 'not yet' },
        annotations: { 'cdi.k8s.io/nic': 'example.com/nic=nic0' },
        devices: [{ containerPath: '/dev/mine', hostPath: '/dev/nic0', permissions: 'rw' }],
      }),
    },
    ids.map((id) => device(id)),
  );
  await plugin.register();
  return plugin;
}

describe('devices', () => {
  const resource = 'example.com/nic';
  const limits = { resources: { limits: { [resource]: '1' } } };

  async function allocatable(): Promise<unknown> {
    const node = await client.get(resources.nodes, { name: 'n1' });
    return node.status?.allocatable?.[resource];
  }

  beforeAll(async () => {
    await mkdir(join(host, 'etc/cdi'), { recursive: true });
    const spec = {
      ...{ cdiVersion: '0.6.0', kind: 'example.com/nic', containerEdits: { env: ['FROM_CDI=yes'] } },
      devices: [{ name: 'nic0', containerEdits: { deviceNodes: [{ path: '/dev/nic0' }] } }],
    };
    await writeFile(join(host, 'etc/cdi/nic.json'), JSON.stringify(spec));
  });

  test('reach a container with variables, nodes and CDI edits, and outlive a restart of the kubelet', async () => {
    await using plugin = await register(['d0', 'd1'], { resource, endpoint: 'nic.sock' });
    await waitFor(async () => expect(await allocatable()).toBe('2'));
    const script =
      'cd "$RACKWRIGHT_SANDBOX_ROOT"; echo $DEVICES $OWN $FROM_CDI $(cat dev/mine) $(cat dev/nic0); sleep 1000';
    const env = [{ name: 'OWN', value: 'mine' }];
    await create('with-device', script, {}, { ...limits, env });
    const pod = await eventually('with-device', (one) => expect(isReady(one)).toBe(true));
    await waitFor(async () => expect(await logs('with-device')).toBe('d0 mine yes the NIC the NIC\n'));
    expect(pod.status?.containerStatuses?.[0]).toMatchObject({
      allocatedResourcesStatus: [{ name: resource, resources: [{ resourceID: 'd0', health: 'Healthy' }] }],
    });

    await kubelet.restart();
    await waitFor(async () => expect(await allocatable()).toBe('0'));
    await using again = await register(['d0', 'd1'], { resource, endpoint: 'again.sock' });
    await waitFor(async () => expect(await allocatable()).toBe('2'));
    const after = await get('with-device');
    expect(isReady(after)).toBe(true);
    expect(after.status?.containerStatuses?.[0]).toMatchObject({
      ...{ restartCount: 0, containerID: pod.status?.containerStatuses?.[0]?.containerID },
    });
    expect(plugin.calls.length + again.calls.length).toBeGreaterThan(0);

    await create('second-device', 'echo $DEVICES', { restartPolicy: 'Never' }, limits);
    await ended('second-device');
    expect(await logs('second-device')).toBe('d1\n');
    await client.delete(resources.pods, { namespace, name: 'with-device' });
    await gone('with-device');
  });

  test('that vanish after scheduling turn the pod away', async () => {
    await using _ = await register(['d0'], { resource, endpoint: 'one.sock' });
    await waitFor(async () => expect(await allocatable()).toBe('1'));
    await create('holder', 'sleep 1000', {}, limits);
    await eventually('holder', (pod) => expect(isReady(pod)).toBe(true));
    await create('too-many', 'true', { nodeName: 'n1' }, limits);
    const pod = await ended('too-many');
    expect(pod.status).toMatchObject({ phase: 'Failed', reason: 'UnexpectedAdmissionError' });
    await waitFor(async () => expect(await events('too-many')).toContain('UnexpectedAdmissionError'));
    await client.delete(resources.pods, { namespace, name: 'holder' });
    await gone('holder');
  });

  test('that CDI does not know keep the container from being created', async () => {
    await using _ = await register(['d0'], { resource: 'example.com/odd', endpoint: 'odd.sock' });
    await writeFile(join(host, 'etc/cdi/nic.json'), '{}');
    await waitFor(async () => {
      const node = await client.get(resources.nodes, { name: 'n1' });
      expect(node.status?.allocatable).toMatchObject({ 'example.com/odd': '1' });
    });
    await create('odd', 'true', {}, { resources: { limits: { 'example.com/odd': '1' } } });
    await eventually('odd', ({ status }) =>
      expect(status?.containerStatuses?.[0]?.state?.waiting).toEqual({
        ...{ reason: 'CreateContainerError' },
        message: expect.stringContaining('unresolvable CDI devices example.com/nic=nic0'),
      }),
    );
  });
});

describe('the kubelet’s sockets and server', () => {
  test('tell who holds which device', async () => {
    const resource = 'example.com/listed';
    await using _ = await register(['d0', 'd1'], { resource, endpoint: 'listed.sock' });
    await waitFor(async () => {
      const node = await client.get(resources.nodes, { name: 'n1' });
      expect(node.status?.allocatable).toMatchObject({ [resource]: '2' });
    });
    await create('lister', 'sleep 1000', {}, { resources: { limits: { [resource]: '2' } } });
    await eventually('lister', ({ status }) => expect(status?.containerStatuses?.[0]?.state).toBeDefined());
    const socket = join(await realpath(join(host, 'var/lib/kubelet/pod-resources')), 'kubelet.sock');
    const lister = new podresources.PodResourcesListerClient(`unix:${socket}`, credentials.createInsecure());
    const { promise, resolve, reject } = Promise.withResolvers<podresources.ListPodResourcesResponse>();
    lister.list({}, (error, response) => (error ? reject(error) : resolve(response)));
    const { podResources } = await promise;
    lister.close();
    expect(podResources).toContainEqual({
      ...{ name: 'lister', namespace },
      containers: [
        {
          name: 'c',
          devices: ['d0', 'd1'].map((id) => ({ resourceName: resource, deviceIds: [id] })),
        },
      ],
    });
  });

  test('serve logs, of the container before too, to the API server only', async () => {
    await create('talker', 'echo try; sleep 0.3; exit 1');
    await eventually('talker', ({ status }) =>
      expect(status?.containerStatuses?.[0]?.restartCount).toBeGreaterThanOrEqual(1),
    );
    expect(await logs('talker', '--previous')).toBe('try\n');
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
    const path = `/containerLogs/${namespace}/talker/c`;
    const options = { host: `${prefix}1`, port: 10_250, path, rejectUnauthorized: false, agent: false };
    httpsGet(options, (response) => resolve(response.resume().statusCode)).on('error', reject);
    expect(await promise).toBe(401);
    await client.delete(resources.pods, { namespace, name: 'talker' });
  });

  test('serve the log of the newest pod of a name while the one before still ends', async () => {
    const key = { namespace, name: 'again' };
    const grace = { terminationGracePeriodSeconds: 600 };
    await create('again', 'trap "" TERM; echo one; while :; do sleep 0.05; done', grace);
    const first = await eventually('again', (one) => expect(isReady(one)).toBe(true));
    await client.delete(resources.pods, key);
    await eventually('again', (one) => expect(one.metadata?.deletionTimestamp).toBeDefined());
    await client.delete(resources.pods, key, { gracePeriodSeconds: 0 });
    await create('again', 'echo two; sleep 1000');
    await eventually('again', (one) => {
      expect(one.metadata?.uid).not.toBe(first.metadata?.uid);
      expect(isReady(one)).toBe(true);
    });
    expect(await logs('again')).toBe('two\n');
    await client.delete(resources.pods, key, { gracePeriodSeconds: 1 });
  });
});

describe('a kubelet that stops', () => {
  test('does not wait for pods that are ending, and ends them after its return', async () => {
    await create('slow', 'trap "" TERM; while :; do sleep 0.05; done', {
      terminationGracePeriodSeconds: 600,
    });
    const pod = await eventually('slow', (one) => expect(isReady(one)).toBe(true));
    await client.delete(resources.pods, { namespace, name: 'slow' });
    await eventually('slow', (one) => expect(one.metadata?.deletionTimestamp).toBeDefined());
    await kubelet.restart();
    expect(kubelet.runtime.list(pod.metadata?.uid)[0]?.state).toBe('running');
    await client.delete(resources.pods, { namespace, name: 'slow' }, { gracePeriodSeconds: 1 });
    await gone('slow');
  });

  test('ends on its return what was deleted while it was away', async () => {
    await create('missed', 'sleep 1000');
    const pod = await eventually('missed', (one) => expect(isReady(one)).toBe(true));
    await kubelet.stop();
    await client.delete(resources.pods, { namespace, name: 'missed' }, { gracePeriodSeconds: 0 });
    expect(kubelet.runtime.list(pod.metadata?.uid)[0]?.state).toBe('running');
    await kubelet.resume();
    await waitFor(() => expect(kubelet.runtime.list(pod.metadata?.uid)).toEqual([]));
    await expect(kubelet.resume()).rejects.toMatchObject({ code: 'FailedPrecondition' });
  });
});

describe('when the API server is away', () => {
  test('containers are looked after all the same, and the status follows later', async () => {
    await create('alone', 'sleep 0.5; exit 1');
    await eventually('alone', ({ status }) => expect(status?.phase).toBe('Running'));
    const { uid } = (await get('alone')).metadata ?? {};
    await plane.stopApiServer();
    const attempts = (): number => Math.max(...kubelet.runtime.list(uid).map((record) => record.attempt));
    const before = attempts();
    await waitFor(() => expect(attempts()).toBeGreaterThan(before));
    await plane.startApiServer();
    await eventually('alone', ({ status }) =>
      expect(status?.containerStatuses?.[0]?.restartCount).toBeGreaterThan(before),
    );
    await client.delete(resources.pods, { namespace, name: 'alone' });
    await gone('alone');
  }, 60_000);
});
