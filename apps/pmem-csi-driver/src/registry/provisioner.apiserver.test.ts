import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { KubeClient, type PersistentVolume, resources } from '@rackwright/kube';
import { ControlPlane, Daemon, ProgramResolver, waitUntil } from '@rackwright/testbed/without-nodes';
import { type DriverProgram, RegistryCluster } from '../testing/registry-cluster.ts';

const driver = 'pmem-csi.intel.com';
const label = `${driver}/node`;
const namespace = 'default';
const account = { namespace, name: 'controller' };

let stack: AsyncDisposableStack;
let plane: ControlPlane;
let admin: KubeClient;
let cluster: RegistryCluster;
let env: NodeJS.ProcessEnv;
let provisioner: string;

beforeAll(async () => {
  stack = new AsyncDisposableStack();
  const programs = new ProgramResolver({ env: process.env, clock: systemClock, progress: () => undefined });
  const options = { programs, clock: systemClock, components: ['controller-manager'] } as const;
  plane = stack.use(await ControlPlane.start(options));
  admin = stack.use(new KubeClient({ connection: plane.admin(), clock: systemClock, userAgent: 'test/1' }));
  cluster = stack.use(await RegistryCluster.create());
  await Promise.all(['one', 'two'].map(addNode));
  await addAccount();
  env = await podEnvironment();
  await admin.create(resources.storageClasses, {
    metadata: { name: 'pmem' },
    ...{ provisioner: driver, reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' },
  });
  provisioner = await programs.resolve('csi-provisioner');
}, 180_000);

afterAll(() => stack?.disposeAsync(), 60_000);

/** Controller and provisioner, as a pod has them: the provisioner ends when the driver does, and is started anew. */
async function startController(): Promise<DriverProgram> {
  const controller = await cluster.controller(undefined, env);
  const args = [
    ...[`--kubeconfig=${plane.adminKubeconfig}`, `--csi-address=${cluster.controllerSocket.slice(7)}`],
    ...['--timeout=5m', '--feature-gates=Topology=true', '--strict-topology=true'],
    // By default it waits twice as long after each failure, for up to five minutes.
    '--retry-interval-max=2s',
  ];
  const log = join(cluster.folder, 'provisioner.log');
  const spec = { name: 'provisioner', program: provisioner, args, log, env: {} };
  const daemon = await Daemon.start(spec, systemClock);
  stack.defer(() => daemon.stop());
  return controller;
}

/** As a kubelet leaves it that has the driver. */
async function addNode(name: string): Promise<void> {
  await admin.create(resources.nodes, { metadata: { name, labels: { [label]: name } } });
  await admin.create(resources.csiNodes, {
    metadata: { name },
    spec: { drivers: [{ name: driver, nodeID: name, topologyKeys: [label] }] },
  });
}

/** What the driver asks the API server for, and no more. */
async function addAccount(): Promise<void> {
  await admin.create(resources.serviceAccounts, { metadata: account });
  const name = 'pmem-controller';
  const apiGroup = 'rbac.authorization.k8s.io';
  await admin.create(resources.clusterRoles, {
    metadata: { name },
    rules: [
      { apiGroups: [''], resources: ['persistentvolumes'], verbs: ['list'] },
      { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list'] },
    ],
  });
  await admin.create(resources.clusterRoleBindings, {
    metadata: { name },
    roleRef: { apiGroup, kind: 'ClusterRole', name },
    subjects: [{ kind: 'ServiceAccount', ...account }],
  });
}

/** Environment and token of a pod, whose other files are those of this machine. */
async function podEnvironment(): Promise<NodeJS.ProcessEnv> {
  const connection = await plane.serviceAccount(account);
  const root = join(cluster.folder, 'pod');
  const folder = join(root, 'var/run/secrets/kubernetes.io/serviceaccount');
  await mkdir(folder, { recursive: true });
  const { token = '', ca = '' } = await connection.credentials();
  for (const [file, text] of Object.entries({ token, 'ca.crt': ca, namespace }))
    await writeFile(join(folder, file), text);
  const top = cluster.folder.split('/')[1] ?? '';
  await symlink(`/${top}`, join(root, top));
  const { hostname, port } = new URL(connection.server);
  return {
    RACKWRIGHT_SANDBOX_ROOT: root,
    KUBERNETES_SERVICE_HOST: hostname,
    KUBERNETES_SERVICE_PORT: port,
  };
}

async function claim(name: string): Promise<PersistentVolume> {
  await admin.create(resources.persistentVolumeClaims, {
    metadata: { namespace, name },
    spec: {
      ...{ storageClassName: 'pmem', accessModes: ['ReadWriteOnce'] },
      resources: { requests: { storage: '64Mi' } },
    },
  });
  return waitUntil(
    'the claim to be bound',
    async () => {
      const { spec, status } = await admin.get(resources.persistentVolumeClaims, { namespace, name });
      if (status?.phase !== 'Bound' || spec?.volumeName === undefined) return undefined;
      return admin.get(resources.persistentVolumes, { name: spec.volumeName });
    },
    { clock: systemClock },
  );
}

const deleteClaim = (name: string): Promise<unknown> =>
  admin.delete(resources.persistentVolumeClaims, { namespace, name });

const volumes = async (): Promise<string[]> =>
  (await admin.list(resources.persistentVolumes)).items.map(({ metadata }) => metadata?.name ?? '');

const untilNoVolume = (): Promise<unknown> =>
  waitUntil('the volume to be gone', async () => (await volumes()).length === 0, {
    clock: systemClock,
    deadlineMs: 120_000,
  });

/** State files of a node. */
async function kept(node: string): Promise<string[]> {
  const names = await readdir(join(cluster.folder, node, 'state'));
  return names.filter((name) => name.endsWith('.json'));
}

test('claims are bound through the controller; one that was killed deletes nothing it does not know, and leaks nothing', async () => {
  let controller = await startController();
  const nodes = new Map<string, DriverProgram>();
  for (const name of ['one', 'two']) nodes.set(name, await cluster.node(name));
  for (const name of nodes.keys()) await controller.logged(new RegExp(`a node is registered.*"${name}"`));

  const { spec } = await claim('data');
  const home = spec?.csi?.volumeAttributes?.node ?? '';
  const other = home === 'one' ? 'two' : 'one';
  expect(spec?.nodeAffinity).toEqual({
    required: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: label, operator: 'In', values: [home] }] }],
    },
  });
  expect(await kept(home)).toHaveLength(1);

  // Both are gone at once, and the controller comes back first (PMEM-CSI issue 733).
  await Promise.all([controller.end('SIGKILL'), nodes.get(home)?.end('SIGKILL')]);
  controller = await startController();
  await controller.logged(new RegExp(`a node is registered.*"${other}"`));
  await deleteClaim('data');
  await controller.logged(new RegExp(`may be on node ${home}, which has not registered yet`));
  expect(await volumes()).toHaveLength(1);
  expect(await kept(home)).toHaveLength(1);
  nodes.set(home, await cluster.node(home));
  await untilNoVolume();
  expect(await kept(home)).toEqual([]);

  // A node that never comes back, once it is taken out of the cluster, holds up nothing.
  const lost = (await claim('lost')).spec?.csi?.volumeAttributes?.node ?? '';
  await nodes.get(lost)?.end('SIGKILL');
  await deleteClaim('lost');
  await controller.logged(/DeleteVolume","code":"Unavailable".*(no answer|is away)/);
  expect(await volumes()).toHaveLength(1);
  await admin.delete(resources.nodes, { name: lost });
  await untilNoVolume();
}, 300_000);
