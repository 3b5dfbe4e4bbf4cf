import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pmemCsiDeployments, pmemDeployments } from '@rackwright/api';
import { type CSIDriver, ignoreNotFound, resources } from '@rackwright/kube';
import { DeploymentEnvironment } from './testing/deployment-environment.ts';
import { testSettings } from './testing/fixtures.ts';

const { namespace } = testSettings;
const [name, prefix] = ['pmem-csi.intel.com', 'pmem-csi-intel-com'];
const node = { namespace, name: `${prefix}-node` };
const nodeKind = { apiVersion: 'v1', kind: 'Node' };
let testEnv: DeploymentEnvironment;

beforeAll(async () => {
  testEnv = await DeploymentEnvironment.start();
}, 120_000);

afterAll(() => testEnv?.[Symbol.asyncDispose]());

const condition = async (deployment: string, type: string) =>
  (await testEnv.deployment(deployment))?.status?.conditions?.find((one) => one.type === type);

describe('a PmemCSIDeployment', () => {
  test('is Initializing with every object there, and Running once their pods are', async () => {
    await testEnv.create(name);
    const { metadata, status } = await testEnv.untilPhase(name, 'Initializing');
    expect(status?.conditions).toContainEqual(
      expect.objectContaining({ type: 'DriverDeployed', status: 'True' }),
    );
    const driver = await testEnv.admin.get(resources.csiDrivers, { name });
    expect(driver.metadata?.ownerReferences).toEqual([
      expect.objectContaining({ kind: 'PmemCSIDeployment', uid: metadata?.uid, controller: true }),
    ]);
    const key = { namespace, name: `${prefix}-csi-provisioner-role-cfg` };
    const binding = await testEnv.admin.get(resources.roleBindings, key);
    expect(binding.roleRef.name).toBe('pmem-csi-operator-pmem-csi-driver-namespace');
    await testEnv.roll(prefix, 2);
    const running = await testEnv.untilPhase(name, 'Running');
    expect(running.status?.driverComponents).toMatchObject([
      { component: 'Controller', status: 'Ready' },
      { component: 'Node', status: 'Ready', reason: '2 out of 2 driver pods are ready' },
    ]);
    expect(running.spec).toEqual({});
  });

  test('kubectl get shows what the older operator showed', async () => {
    const { stdout } = await testEnv.plane.kubectl('get', 'pcd');
    expect(stdout).toMatch(
      /^NAME +DEVICEMODE +NODESELECTOR +IMAGE +STATUS +AGE\npmem-csi\.intel\.com +Running /,
    );
  });

  test('costs no write while nothing changes', async () => {
    const { length } = testEnv.client.calls;
    await testEnv.admin.patch(
      pmemCsiDeployments,
      { name },
      { metadata: { labels: { seen: 'yes' } } },
      { strategy: 'merge' },
    );
    await testEnv.until(
      'the label',
      async () => (await testEnv.deployment(name))?.metadata?.labels?.seen === 'yes',
    );
    await testEnv.patch(name, { logLevel: 3 });
    await testEnv.until(
      'the generation',
      async () => (await testEnv.deployment(name))?.status?.observedGeneration === 2,
    );
    // What it says is the default already: nothing but the status tells of it.
    expect(
      testEnv.client.calls.slice(length).filter((call) => !call.startsWith('patch pmemcsideployments')),
    ).toEqual([]);
  });

  test('changes only the workloads a change of its spec is about', async () => {
    const generation = async () =>
      Object.fromEntries(
        (await testEnv.admin.list(resources.daemonSets, { namespace })).items.map(({ metadata }) => [
          metadata?.name,
          metadata?.generation,
        ]),
      );
    const before = await generation();
    await testEnv.patch(name, { pmemPercentage: 50 });
    await testEnv.until('the argument', async () => {
      const { spec } = await testEnv.admin.get(resources.daemonSets, node);
      return spec?.template.spec?.containers[0]?.args?.includes('-pmemPercentage=50') === true;
    });
    expect(await generation()).toEqual({ ...before, [node.name]: (before[node.name] ?? 0) + 1 });
    await testEnv.untilPhase(name, 'Initializing');
    await testEnv.roll(prefix, 2);
    await testEnv.untilPhase(name, 'Running');
  });

  test('has what somebody deleted or changed back', async () => {
    await testEnv.admin.delete(resources.csiDrivers, { name });
    await testEnv.until(
      'the CSIDriver',
      async () => (await ignoreNotFound(testEnv.admin.get(resources.csiDrivers, { name }))) !== undefined,
    );
    const patch = { spec: { replicas: 5 } };
    const key = { namespace, name: `${prefix}-controller` };
    await testEnv.admin.patch(resources.deployments, key, patch, { strategy: 'merge' });
    await testEnv.until(
      'one replica',
      async () => (await testEnv.admin.get(resources.deployments, key)).spec?.replicas === 1,
    );
  });
});

describe('a PmemCSIDeployment that is in the way of others', () => {
  test('is Failed while a CSIDriver of somebody else has its name, which stays as it is, and recovers', async () => {
    const foreign: CSIDriver = {
      ...{ apiVersion: 'storage.k8s.io/v1', kind: 'CSIDriver' },
      metadata: { name: 'other.example.com', labels: { a: 'b' } },
      spec: { attachRequired: true },
    };
    const { metadata } = await testEnv.admin.create(resources.csiDrivers, foreign);
    await testEnv.create('other.example.com');
    const failed = await testEnv.untilPhase('other.example.com', 'Failed');
    expect(failed.status?.reason).toContain('CSIDriver other.example.com is not ours');
    expect(await condition('other.example.com', 'DriverDeployed')).toMatchObject({ status: 'False' });
    const after = await testEnv.admin.get(resources.csiDrivers, { name: 'other.example.com' });
    expect(after.metadata?.resourceVersion).toBe(metadata?.resourceVersion);
    await testEnv.admin.delete(resources.csiDrivers, { name: 'other.example.com' });
    await testEnv.untilPhase('other.example.com', 'Initializing');
    expect(await condition('other.example.com', 'DriverDeployed')).toMatchObject({ status: 'True' });
  });

  test('is Failed while an older one has names that become the same, and recovers when that is gone', async () => {
    await testEnv.create('other-example.com');
    const failed = await testEnv.untilPhase('other-example.com', 'Failed');
    expect(failed.status?.reason).toContain('already taken by PmemCSIDeployment other.example.com');
    await testEnv.admin.delete(pmemCsiDeployments, { name: 'other.example.com' });
    await testEnv.until(
      'the younger one to get its objects, or to wait for those of the other to go',
      async () => (await condition('other-example.com', 'Ready'))?.reason !== 'NameTaken',
    );
  });

  test('the API server refuses a name no CSI driver may have, and two spellings that differ', async () => {
    await expect(testEnv.create('a'.repeat(64))).rejects.toMatchObject({
      message: expect.stringContaining('metadata.name must have at most 63 characters'),
    });
    await expect(
      testEnv.create('twice.example.com', { controllReplicas: 1, controllerReplicas: 2 }),
    ).rejects.toMatchObject({ message: expect.stringContaining('are two names of one field') });
    await expect(
      testEnv.create('bad.example.com', { kubeletDir: '../var', maxUnavailable: 'many' }),
    ).rejects.toMatchObject({
      // In whatever order.
      message: expect.stringMatching(/^(?=.*spec\.kubeletDir must be).*spec\.maxUnavailable must be/),
    });
  });
});

describe('two deployments that want the same', () => {
  const conflict = async (deployment: string) => {
    const { status, message } = (await condition(deployment, 'ConflictFree')) ?? {};
    return `${status}: ${message}`;
  };
  const untilConflict = (deployment: string, says: string) =>
    testEnv.until(`${deployment} ${says}`, async () => (await conflict(deployment)) === says);
  const free = 'True: no other driver has its names or its nodes';
  const label = async (node: string, labels: Record<string, string | null>) =>
    testEnv.admin.patch(resources.nodes, { name: node }, { metadata: { labels } }, { strategy: 'merge' });

  test('of one node are both told of the other, by name and node, until it is over', async () => {
    for (const node of ['node-1', 'node-2'])
      await testEnv.admin.create(resources.nodes, {
        ...nodeKind,
        metadata: { name: node, labels: { shared: 'a' } },
      });
    await testEnv.create('one.example.com', { nodeSelector: { shared: 'a' } });
    await untilConflict('one.example.com', free);
    await testEnv.createOlder('two', { driverName: 'two.example.com', nodeSelector: { twice: 'b' } });
    await testEnv.untilOlder('two', 'Initializing');
    expect(await conflict('one.example.com')).toBe(free);
    await label('node-2', { twice: 'b' });
    await untilConflict('one.example.com', 'False: Deployment two uses persistent memory of node-2 too');
    await testEnv.until('the other', async () => {
      const { status } = await testEnv.admin.get(pmemDeployments, { name: 'two' });
      return JSON.stringify(status).includes(
        'PmemCSIDeployment one.example.com uses persistent memory of node-2 too',
      );
    });
    const { items } = await testEnv.admin.list(resources.events, { namespace: 'default' });
    expect(items.map(({ reason }) => reason)).toContain('Conflict');
    await label('node-2', { twice: null });
    await untilConflict('one.example.com', free);
  });

  test('of one driver name are both told, and the first runs on', async () => {
    const find = () =>
      Promise.all([
        testEnv.admin.get(resources.csiDrivers, { name: 'one.example.com' }),
        testEnv.admin.get(resources.daemonSets, { namespace, name: 'one-example-com-node' }),
      ]);
    const before = await find();
    await testEnv.patchOlder('two', { driverName: 'one.example.com' });
    await untilConflict(
      'one.example.com',
      'False: Deployment two asks for the CSI driver one.example.com too',
    );
    await testEnv.untilOlder('two', 'Failed');
    expect(await find()).toEqual(before);
    await testEnv.admin.delete(pmemDeployments, { name: 'two' });
    await untilConflict('one.example.com', free);
  });
});
