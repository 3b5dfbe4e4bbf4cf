import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pmemDeployments } from '@rackwright/api';
import {
  type DaemonSet,
  type KubeClient,
  type KubeObject,
  resources,
  type StatefulSet,
} from '@rackwright/kube';
import { DeploymentEnvironment, typeOf } from '../testing/deployment-environment.ts';
import { testSettings } from '../testing/fixtures.ts';
import { firstOperatorObjects } from '../testing/former-objects.ts';

const { namespace } = testSettings;
const name = 'pmem-deployment';
/** One whose objects an operator of PMEM-CSI 0.8 made. */
const later = 'pmem-later';
const kind = { apiVersion: 'pmem-csi.intel.com/v1alpha1', kind: 'Deployment' };
let testEnv: DeploymentEnvironment;
let left: readonly KubeObject[];
let leftLater: readonly KubeObject[];
let volume: KubeObject;

async function leave(admin: KubeClient): Promise<void> {
  const deploymentOf = async (of: string, driverName: string) => {
    const object = { ...kind, metadata: { name: of }, spec: { driverName } };
    return (await admin.create(pmemDeployments, object)).metadata?.uid ?? '';
  };
  const make = (objects: readonly KubeObject[]) =>
    Promise.all(
      objects.map(async (object) => ({ ...object, ...(await admin.create(typeOf(object), object)) })),
    );
  left = await make(firstOperatorObjects(await deploymentOf(name, 'pmem-csi.intel.com')));
  leftLater = await make(laterObjects(await deploymentOf(later, 'later.example.com')));
  volume = await admin.create(resources.persistentVolumes, {
    ...{ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'pvc-1' } },
    spec: {
      ...{ accessModes: ['ReadWriteOnce'], capacity: { storage: '8Mi' } },
      csi: { driver: 'pmem-csi.intel.com', volumeHandle: 'pvc-1-abc' },
    },
  });
}

/** Other labels on pods, other names of Secrets, accounts and roles. */
function laterObjects(uid: string): KubeObject[] {
  const text = JSON.stringify(firstOperatorObjects(uid))
    .replaceAll(name, later)
    .replaceAll('pmem-csi.intel.com"', 'later.example.com"')
    .replaceAll(/"app":"[a-z-]+-(controller|node)"/g, '"app.kubernetes.io/name":"pmem-csi-$1"')
    .replaceAll(`${later}-pmem-registry`, `${later}-registry-secrets`)
    .replaceAll(`${later}-pmem-node-controller`, `${later}-node-secrets`);
  const names: Readonly<Record<string, string>> = {
    ServiceAccount: 'controller',
    Role: 'external-provisioner-cfg',
    RoleBinding: 'csi-provisioner-role-cfg',
    ClusterRole: 'external-provisioner-runner',
    ClusterRoleBinding: 'csi-provisioner-role',
  };
  return (JSON.parse(text) as KubeObject[])
    .filter(({ metadata }) => metadata?.name !== `${later}-pmem-ca`)
    .map((object) => {
      const suffix = names[object.kind ?? ''];
      return suffix === undefined
        ? object
        : { ...object, metadata: { ...object.metadata, name: `${later}-${suffix}` } };
    });
}

beforeAll(async () => {
  testEnv = await DeploymentEnvironment.start(leave);
}, 120_000);

afterAll(() => testEnv?.[Symbol.asyncDispose]());

const titleOf = ({ kind: of, metadata }: KubeObject): string => `${of} ${metadata?.name}`;

/** Those that are as they were, or are this operator's now, by what they are. */
async function stayed(objects: readonly KubeObject[]): Promise<string[]> {
  const found = await Promise.all(objects.map((object) => testEnv.find(object)));
  return objects.filter((object, i) => found[i]?.metadata?.uid === object.metadata?.uid).map(titleOf);
}

test('objects of the first operator go on as those of this one, and its pods roll', async () => {
  await testEnv.untilOlder(name, 'Initializing');
  expect((await stayed(left)).sort()).toEqual([
    'CSIDriver pmem-csi.intel.com',
    'DaemonSet pmem-deployment-node',
    'Secret pmem-deployment-pmem-ca',
    'Secret pmem-deployment-pmem-node-controller',
    'Secret pmem-deployment-pmem-registry',
    'Service pmem-deployment-controller',
    'Service pmem-deployment-metrics',
    'ServiceAccount pmem-deployment',
    'StatefulSet pmem-deployment-controller',
  ]);
  const { metadata, spec } = await testEnv.admin.get(resources.daemonSets, {
    namespace,
    name: `${name}-node`,
  });
  expect(metadata?.labels).toMatchObject({ 'app.kubernetes.io/managed-by': 'pmem-csi-operator-v1alpha1' });
  expect(metadata?.generation).toBe(2);
  // The driver makes namespaces and volume groups itself.
  expect(spec?.template.spec?.initContainers ?? []).toEqual([]);
  expect(spec?.template.spec?.containers[0]).toMatchObject({
    ...{ name: 'pmem-driver', image: testSettings.driverImage },
  });
  await testEnv.rollOlder(name, 2);
  await testEnv.untilOlder(name, 'Running');
});

test('its roles go, and its account is bound to those of the installation', async () => {
  await testEnv.until('the roles to go', async () => {
    const found = await Promise.all(
      left.filter(({ kind: of }) => of === 'Role' || of === 'ClusterRole').map((role) => testEnv.find(role)),
    );
    return found.every((role) => role === undefined);
  });
  const { roleRef } = await testEnv.admin.get(resources.clusterRoleBindings, { name });
  expect(roleRef).toMatchObject({ kind: 'ClusterRole', name: testSettings.roles.driver });
});

test('workloads of PMEM-CSI 0.8, which select pods by other labels, are made anew once their pods have ended', async () => {
  for (const [of, type] of Object.entries({
    StatefulSet: resources.statefulSets,
    DaemonSet: resources.daemonSets,
  })) {
    const workload = leftLater.find(({ kind: one }) => one === of) ?? {};
    const app = workload.metadata?.name ?? '';
    await testEnv.until(`${app} to end`, async () => {
      const { metadata } = (await testEnv.find(workload)) ?? {};
      return metadata?.finalizers?.includes('foregroundDeletion') === true;
    });
    await testEnv.endPods(type, app);
    await testEnv.until(`another ${app}`, async () => {
      const found = await testEnv.find(workload);
      const { matchLabels } = (found as DaemonSet | StatefulSet | undefined)?.spec?.selector ?? {};
      return matchLabels?.app === app;
    });
  }
  await testEnv.untilOlder(later, 'Initializing');
  await testEnv.rollOlder(later, 1);
  await testEnv.untilOlder(later, 'Running');
  expect((await stayed(leftLater)).sort()).toEqual([
    'CSIDriver later.example.com',
    'Service pmem-later-controller',
    'Service pmem-later-metrics',
  ]);
});

test('volumes are not touched', async () => {
  const after = await testEnv.admin.get(resources.persistentVolumes, { name: 'pvc-1' });
  expect(after).toEqual({ ...volume, status: after.status });
});

test('an operator that starts again writes nothing', async () => {
  const { length } = testEnv.client.calls;
  await testEnv.restart();
  await testEnv.patchOlder(name, { logLevel: 3 });
  await testEnv.until('the operator at work', async () => {
    const { metadata, status } = await testEnv.admin.get(pmemDeployments, { name });
    return status?.observedGeneration === metadata?.generation;
  });
  const writes = testEnv.client.calls.slice(length);
  expect(writes.filter((call) => call.includes('pmem-') && !call.includes('deployments'))).toEqual([]);
});
