import { clusterRules, registrations } from '@rackwright/api/generate';
import { clusterObject, type InstallValues, namespacedObject, secretsOf } from './values.ts';

const group = 'rbac.authorization.k8s.io';
const apiVersion = `${group}/v1`;

/** The account of the replicas and what it may do. */
export function rights(values: InstallValues): object[] {
  const { name, namespace } = values;
  const subjects = [{ kind: 'ServiceAccount', name, namespace }];
  const roleRef = (kind: string) => ({ apiGroup: group, kind, name });
  return [
    namespacedObject('v1', 'ServiceAccount', values, { automountServiceAccountToken: false }),
    clusterObject(apiVersion, 'ClusterRole', values, { rules: rulesOfCluster(values) }),
    clusterObject(apiVersion, 'ClusterRoleBinding', values, { roleRef: roleRef('ClusterRole'), subjects }),
    namespacedObject(apiVersion, 'Role', values, { rules: rulesOfNamespace(values) }),
    namespacedObject(apiVersion, 'RoleBinding', values, { roleRef: roleRef('Role'), subjects }),
  ];
}

/** What checks look up, the configurations whose entries are written, and the CRDs whose versions are converted. */
function rulesOfCluster({ name }: InstallValues): object[] {
  const { mutating, crds } = registrations();
  const verbs = ['get', 'patch'];
  const configurations = {
    apiGroups: ['admissionregistration.k8s.io'],
    resources: ['validatingwebhookconfigurations', ...(mutating ? ['mutatingwebhookconfigurations'] : [])],
    ...{ resourceNames: [name], verbs },
  };
  const definitions = {
    apiGroups: ['apiextensions.k8s.io'],
    resources: ['customresourcedefinitions'],
    ...{ resourceNames: crds, verbs },
  };
  return [...clusterRules(), configurations, ...(crds.length > 0 ? [definitions] : [])];
}

function rulesOfNamespace(values: InstallValues): object[] {
  const { authority, certificate } = secretsOf(values);
  return [
    {
      ...{ apiGroups: [''], resources: ['secrets'] },
      ...{ resourceNames: [authority, certificate], verbs: ['get', 'update'] },
    },
    // Whether the Service leads to somebody who answers.
    { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list'] },
  ];
}
