import { pmemCsiDeployments } from '@rackwright/api';
import { ignoreNotFound, resources } from '@rackwright/kube';
import type { Case } from '../../case.ts';
import { expectEqual } from '../../expect.ts';
import { eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';
import { deployment } from './deployment.ts';

/** What belongs to either is called the same, so the later one waits for the former. */
const [first, second, prefix] = ['moved.example.com', 'moved-example.com', 'moved-example-com'];

export const formerRoles: Case = {
  name: 'roles that an operator of PMEM-CSI made go, once the PmemCSIDeployment they belong to is rolled out',
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
    await apply(testEnv, { apiVersion: 'v1', kind: 'List', items: rolesOf(metadata?.uid ?? '', namespace) });
    await testEnv.kubectl('delete', pmemCsiDeployments.plural, first);
    await eventually(testEnv, 'the roles to go', async () => {
      const found = await Promise.all([
        ignoreNotFound(testEnv.kube.get(resources.roles, { namespace, name: `${prefix}-webhooks-cfg` })),
        ignoreNotFound(
          testEnv.kube.get(resources.roleBindings, { namespace, name: `${prefix}-webhooks-role-cfg` }),
        ),
        ignoreNotFound(testEnv.kube.get(resources.clusterRoles, { name: `${prefix}-webhooks-runner` })),
      ]);
      return found.every((object) => object === undefined);
    });
    await testEnv.kubectl('delete', pmemCsiDeployments.plural, second);
  },
};

async function apply(testEnv: TestEnvironment, object: object): Promise<void> {
  const { code, stderr } = await testEnv.kubectlWithInput(JSON.stringify(object), 'apply', '--filename', '-');
  expectEqual(`exit code of kubectl apply: ${stderr}`, code, 0);
}

/** As PMEM-CSI 1.1 had them. */
function rolesOf(uid: string, namespace: string): object[] {
  const apiGroup = 'rbac.authorization.k8s.io';
  const apiVersion = `${apiGroup}/v1`;
  const owner = { apiVersion: 'pmem-csi.intel.com/v1beta1', kind: 'PmemCSIDeployment', name: second, uid };
  const ownerReferences = [{ ...owner, controller: true, blockOwnerDeletion: true }];
  const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] }];
  const role = `${prefix}-webhooks-cfg`;
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
  ];
}
