import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pmemCsiDeployments } from '@rackwright/api';
import { ignoreNotFound, type KubeClient, type KubeObject, resources } from '@rackwright/kube';
import { DeploymentEnvironment, typeOf } from './testing/deployment-environment.ts';
import { testSettings } from './testing/fixtures.ts';
import { formerObjects } from './testing/former-objects.ts';

const { namespace } = testSettings;
const [name, prefix] = ['pmem-csi.intel.com', 'pmem-csi-intel-com'];
const strangers = 'b-example-com-webhooks-cfg';
const kind = { apiVersion: 'pmem-csi.intel.com/v1beta1', kind: 'PmemCSIDeployment' };
let testEnv: DeploymentEnvironment;
let left: readonly KubeObject[];
let leftBefore11: readonly KubeObject[];
let volume: KubeObject;

const deploymentOf = async (admin: KubeClient, of: string) =>
  (await admin.create(pmemCsiDeployments, { ...kind, metadata: { name: of }, spec: {} })).metadata?.uid ?? '';

/** As the operator of PMEM-CSI 1.1 left it, and volumes with it. */
async function leave(admin: KubeClient): Promise<void> {
  const uid = await deploymentOf(admin, name);
  left = await Promise.all(
    formerObjects(uid).map(async (object) => ({
      ...object,
      ...(await admin.create(typeOf(object), object)),
    })),
  );
  leftBefore11 = await Promise.all(
    objectsBefore11(uid).map(async (object) => ({
      ...object,
      ...(await admin.create(typeOf(object), object)),
    })),
  );
  volume = await admin.create(resources.persistentVolumes, {
    ...{ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'pvc-1' } },
    spec: {
      ...{ accessModes: ['ReadWriteOnce'], capacity: { storage: '8Mi' } },
      csi: { driver: name, volumeHandle: 'pvc-1-abc' },
    },
  });
  await deploymentOf(admin, 'b.example.com');
  const role = { ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role' }, rules: [] };
  await admin.create(resources.roles, { ...role, metadata: { namespace, name: strangers } });
  await admin.create(resources.namespaces, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'other' },
  });
  const elsewhere = JSON.parse(
    JSON.stringify(formerObjects(await deploymentOf(admin, 'c.example.com')))
      .replaceAll(prefix, 'c-example-com')
      .replaceAll(`"namespace":"${namespace}"`, '"namespace":"other"'),
  ) as KubeObject[];
  for (const object of elsewhere)
    if (object.kind === 'DaemonSet') await admin.create(resources.daemonSets, object as never);
}

/** What operators before 1.1 made beside that. */
function objectsBefore11(uid: string): KubeObject[] {
  const controller = { controller: true, blockOwnerDeletion: true };
  const ownerReferences = [{ ...kind, name, uid, ...controller }];
  const meta = (suffix: string) => ({ name: `${prefix}-${suffix}`, ownerReferences });
  const service = (suffix: string): KubeObject => ({
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { ...meta(suffix), namespace } },
    ...{ spec: { ports: [{ port: 443, targetPort: 8000 }] } },
  });
  const labels = { 'app.kubernetes.io/name': 'pmem-csi-controller', 'app.kubernetes.io/instance': name };
  const containers = [{ name: 'pmem-driver', image: 'intel/pmem-csi-driver:v0.9.0' }];
  const clientConfig = { service: { namespace, name: `${prefix}-webhook`, path: '/pod/mutate' } };
  const hook = {
    ...{ name: 'pod-hook.pmem-csi.intel.com', clientConfig, failurePolicy: 'Fail' },
    ...{ sideEffects: 'None', admissionReviewVersions: ['v1'] },
    rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
  };
  return [
    service('scheduler'),
    service('webhook'),
    {
      ...{ apiVersion: 'apps/v1', kind: 'StatefulSet' },
      metadata: { ...meta('controller'), namespace },
      ...{
        spec: {
          serviceName: `${prefix}-controller`,
          ...{ selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
        },
      },
    },
    {
      ...{ apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration' },
      metadata: meta('hook'),
      ...{ webhooks: [hook] },
    },
  ];
}

beforeAll(async () => {
  testEnv = await DeploymentEnvironment.start(leave);
}, 120_000);

afterAll(() => testEnv?.[Symbol.asyncDispose]());

test('objects of PMEM-CSI 1.1 go on as those of this operator, and its pods roll', async () => {
  await testEnv.untilPhase(name, 'Initializing');
  const inPlace = ['CSIDriver', 'ServiceAccount', 'Deployment', 'DaemonSet'];
  for (const before of left.filter(({ kind: of = '' }) => inPlace.includes(of))) {
    const after = await testEnv.find(before);
    expect([before.metadata?.name, after?.metadata?.uid]).toEqual([
      before.metadata?.name,
      before.metadata?.uid,
    ]);
    expect(after?.metadata?.labels).toMatchObject({
      'app.kubernetes.io/managed-by': 'pmem-csi-operator',
      'app.kubernetes.io/instance': name,
    });
  }
  const { metadata, spec } = await testEnv.admin.get(resources.daemonSets, {
    namespace,
    name: `${prefix}-node`,
  });
  expect(metadata?.generation).toBe(2);
  const [driver] = spec?.template.spec?.containers ?? [];
  expect(driver).toMatchObject({ name: 'pmem-driver', image: testSettings.driverImage });
  expect(driver?.command).toBeUndefined();
  await testEnv.roll(prefix, 2);
  await testEnv.untilPhase(name, 'Running');
});

test('its pods are bound to the roles of the installation, and the roles it made are gone', async () => {
  const key = { namespace, name: `${prefix}-csi-provisioner-role-cfg` };
  const { roleRef } = await testEnv.admin.get(resources.roleBindings, key);
  expect(roleRef).toMatchObject({ kind: 'ClusterRole', name: testSettings.roles.driverNamespace });
  const stay = await Promise.all(
    left
      .filter(({ kind: of = '' }) => /Role/.test(of))
      .map(async (object) =>
        (await testEnv.find(object)) === undefined ? [] : [`${object.kind} ${object.metadata?.name}`],
      ),
  );
  expect(stay.flat()).toEqual([
    `RoleBinding ${prefix}-csi-provisioner-role-cfg`,
    `ClusterRoleBinding ${prefix}-csi-provisioner-role`,
    // On OpenShift the pods on nodes need it.
    `RoleBinding ${prefix}-node-openshift-cfg`,
    `ClusterRoleBinding ${prefix}-webhooks-role`,
    `ClusterRoleBinding ${prefix}-node-setup-role`,
  ]);
});

test('what operators before 1.1 made beside that goes, the webhook for pods too', async () => {
  const after = await Promise.all(leftBefore11.map((object) => testEnv.find(object)));
  // A workload goes after its pods, which nobody ends here.
  expect(after.filter((object) => object?.metadata?.deletionTimestamp === undefined)).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test('volumes are not touched, and neither is what has such a name and belongs to nobody', async () => {
  const after = await testEnv.admin.get(resources.persistentVolumes, { name: 'pvc-1' });
  expect(after).toEqual({ ...volume, status: after.status });
  await testEnv.untilPhase('b.example.com', 'Initializing');
  expect(
    await ignoreNotFound(testEnv.admin.get(resources.roles, { namespace, name: strangers })),
  ).toBeDefined();
});

test('a deployment whose former pods are in another namespace is Failed, and says which', async () => {
  const { status } = await testEnv.untilPhase('c.example.com', 'Failed');
  expect(status?.reason).toContain('made its objects in the namespace other');
  const key = { namespace, name: 'c-example-com-node' };
  expect(await ignoreNotFound(testEnv.admin.get(resources.daemonSets, key))).toBeUndefined();
});

test('an operator that starts again writes nothing', async () => {
  const { length } = testEnv.client.calls;
  await testEnv.restart();
  await testEnv.patch(name, { logLevel: 3 });
  await testEnv.until('the operator at work', async () => {
    return (await testEnv.deployment(name))?.status?.observedGeneration === 2;
  });
  const calls = testEnv.client.calls.slice(length);
  expect(calls.filter((call) => call.includes(prefix) || / clusterroles| roles/.test(call))).toEqual([]);
});

test('the operator may delete no ClusterRole but those of deployments', async () => {
  const role = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'of-others' },
  };
  await testEnv.admin.create(resources.clusterRoles, { ...role, rules: [] });
  await expect(testEnv.client.delete(resources.clusterRoles, { name: 'of-others' })).rejects.toMatchObject({
    message: expect.stringContaining('may delete no ClusterRole but those of PmemCSIDeployments'),
  });
});
