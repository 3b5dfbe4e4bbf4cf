import { pmemCsiDeployments, pmemDeployments } from '@rackwright/api';
import { apiVersionOf, ignoreNotFound, resources } from '@rackwright/kube';
import type { Case } from '../../case.ts';
import { expectEqual } from '../../expect.ts';
import { eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';
import { deployment } from './deployment.ts';

/** What belongs to either is called the same, so the later one waits for the former. */
const [first, second, prefix] = ['moved.example.com', 'moved-example.com', 'moved-example-com'];

export const formerRoles: Case = {
  name: 'roles, Secrets and the pod webhook that an operator of PMEM-CSI made go, once the deployment they belong to is rolled out',
  only: 'simulated',
  async run(testEnv) {
    const { namespace } = testEnv;
    const spec = { deviceMode: 'fake', nodeSelector: { 'example.com/moved': 'yes' } };
    await apply(testEnv, deployment(first, spec));
    await eventually(testEnv, 'the first one to have its driver', async () => {
      return (await ignoreNotFound(testEnv.kube.get(resources.csiDrivers, { name: first }))) !== undefined;
    });
    await apply(testEnv, deployment(second, spec));
    await eventually(testEnv, 'the second one to wait', async () => {
      return (await testEnv.kube.get(pmemCsiDeployments, { name: second })).status?.phase === 'Failed';
    });
    const { metadata } = await testEnv.kube.get(pmemCsiDeployments, { name: second });
    await apply(testEnv, {
      apiVersion: 'v1',
      kind: 'List',
      items: leftoversOf(metadata?.uid ?? '', namespace),
    });
    await testEnv.kubectl('delete', pmemCsiDeployments.plural, first);
    await eventually(testEnv, 'what is left over to go', async () => {
      const found = await Promise.all([
        ignoreNotFound(testEnv.kube.get(resources.roles, { namespace, name: `${prefix}-webhooks-cfg` })),
        ignoreNotFound(
          testEnv.kube.get(resources.roleBindings, { namespace, name: `${prefix}-webhooks-role-cfg` }),
        ),
        ignoreNotFound(testEnv.kube.get(resources.clusterRoles, { name: `${prefix}-webhooks-runner` })),
        ignoreNotFound(testEnv.kube.get(resources.mutatingWebhookConfigurations, { name: `${prefix}-hook` })),
        ignoreNotFound(testEnv.kube.get(resources.services, { namespace, name: `${prefix}-webhook` })),
        ignoreNotFound(testEnv.kube.get(resources.statefulSets, { namespace, name: `${prefix}-controller` })),
      ]);
      return found.every((object) => object === undefined);
    });
    await testEnv.kubectl('delete', pmemCsiDeployments.plural, second);
    await secretsGo(testEnv);
  },
};

/** The same of Secrets that PMEM-CSI 0.7 and 0.8 made for a Deployment of the first kind. */
async function secretsGo(testEnv: TestEnvironment): Promise<void> {
  const { namespace } = testEnv;
  const [former, later] = ['moved-former', 'moved-later'];
  const driverName = 'moved.example.com';
  const spec = { deviceMode: 'lvm', driverName, nodeSelector: { 'example.com/moved': 'yes' } };
  const older = { apiVersion: apiVersionOf(pmemDeployments), kind: pmemDeployments.kind };
  await apply(testEnv, { ...older, metadata: { name: former }, spec });
  await eventually(testEnv, 'the former one to have its driver', async () => {
    return (await ignoreNotFound(testEnv.kube.get(resources.csiDrivers, { name: driverName }))) !== undefined;
  });
  await apply(testEnv, { ...older, metadata: { name: later }, spec });
  await eventually(testEnv, 'the later one to wait', async () => {
    return (await testEnv.kube.get(pmemDeployments, { name: later })).status?.phase === 'Failed';
  });
  const { metadata } = await testEnv.kube.get(pmemDeployments, { name: later });
  const owner = { ...older, name: later, uid: metadata?.uid, controller: true, blockOwnerDeletion: true };
  const secret = { namespace, name: `${later}-registry-secrets` };
  await apply(testEnv, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { ...secret, ownerReferences: [owner] },
  });
  await testEnv.kubectl('delete', 'deployments.pmem-csi.intel.com', former);
  await eventually(testEnv, 'the Secret to go', async () => {
    return (await ignoreNotFound(testEnv.kube.get(resources.secrets, secret))) === undefined;
  });
  await testEnv.kubectl('delete', 'deployments.pmem-csi.intel.com', later);
}

async function apply(testEnv: TestEnvironment, object: object): Promise<void> {
  const { code, stderr } = await testEnv.kubectlWithInput(JSON.stringify(object), 'apply', '--filename', '-');
  expectEqual(`exit code of kubectl apply: ${stderr}`, code, 0);
}

/** As PMEM-CSI 1.1 had the roles, and those before it the rest. */
function leftoversOf(uid: string, namespace: string): object[] {
  const apiGroup = 'rbac.authorization.k8s.io';
  const apiVersion = `${apiGroup}/v1`;
  const owner = { apiVersion: 'pmem-csi.intel.com/v1beta1', kind: 'PmemCSIDeployment', name: second, uid };
  const ownerReferences = [{ ...owner, controller: true, blockOwnerDeletion: true }];
  const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] }];
  const role = `${prefix}-webhooks-cfg`;
  const labels = { 'app.kubernetes.io/name': 'pmem-csi-controller', 'app.kubernetes.io/instance': second };
  return [
    { apiVersion, kind: 'Role', metadata: { namespace, name: role, ownerReferences }, rules },
    {
      ...{ apiVersion, kind: 'RoleBinding' },
      metadata: { namespace, name: `${prefix}-webhooks-role-cfg`, ownerReferences },
      roleRef: { apiGroup, kind: 'Role', name: role },
      subjects: [{ kind: 'ServiceAccount', name: `${prefix}-webhooks`, namespace }],
    },
    {
      apiVersion,
      kind: 'ClusterRole',
      metadata: { name: `${prefix}-webhooks-runner`, ownerReferences },
      rules,
    },
    {
      ...{ apiVersion: 'v1', kind: 'Service' },
      metadata: { namespace, name: `${prefix}-webhook`, ownerReferences },
      spec: { ports: [{ port: 443, targetPort: 8000 }] },
    },
    {
      ...{ apiVersion: 'apps/v1', kind: 'StatefulSet' },
      metadata: { namespace, name: `${prefix}-controller`, ownerReferences },
      spec: {
        ...{ replicas: 0, serviceName: `${prefix}-controller`, selector: { matchLabels: labels } },
        template: {
          metadata: { labels },
          spec: { containers: [{ name: 'pmem-driver', image: 'intel/pmem-csi-driver:v0.9.0' }] },
        },
      },
    },
    {
      ...{ apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration' },
      metadata: { name: `${prefix}-hook`, ownerReferences },
      // Nobody serves it, so that no pod could be made where it is asked.
      webhooks: [
        {
          ...{ name: 'pod-hook.pmem-csi.intel.com', failurePolicy: 'Fail', sideEffects: 'None' },
          admissionReviewVersions: ['v1'],
          clientConfig: { service: { namespace, name: `${prefix}-webhook`, path: '/pod/mutate' } },
          rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'pmem-moved' } },
        },
      ],
    },
  ];
}
