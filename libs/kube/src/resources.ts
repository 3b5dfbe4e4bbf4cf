import type { KubeObject } from './objects.ts';
import { type ResourceType, resourceType } from './resource-type.ts';
import type * as kinds from './types/index.ts';

function core<T extends KubeObject>(kind: string, plural: string, namespaced = true): ResourceType<T> {
  return resourceType<T>({ group: '', version: 'v1', plural, kind, namespaced });
}

function grouped<T extends KubeObject>(
  group: string,
  kind: string,
  plural: string,
  namespaced = true,
): ResourceType<T> {
  return resourceType<T>({ group, version: 'v1', plural, kind, namespaced });
}

const rbac = 'rbac.authorization.k8s.io';
const admission = 'admissionregistration.k8s.io';

/** Kubernetes' own kinds that Rackwright reads or writes. */
export const resources = {
  configMaps: core<kinds.ConfigMap>('ConfigMap', 'configmaps'),
  namespaces: core<kinds.Namespace>('Namespace', 'namespaces', false),
  nodes: core<kinds.Node>('Node', 'nodes', false),
  persistentVolumeClaims: core<kinds.PersistentVolumeClaim>(
    'PersistentVolumeClaim',
    'persistentvolumeclaims',
  ),
  persistentVolumes: core<kinds.PersistentVolume>('PersistentVolume', 'persistentvolumes', false),
  pods: core<kinds.Pod>('Pod', 'pods'),
  secrets: core<kinds.Secret>('Secret', 'secrets'),
  serviceAccounts: core<kinds.ServiceAccount>('ServiceAccount', 'serviceaccounts'),
  services: core<kinds.Service>('Service', 'services'),
  controllerRevisions: grouped<kinds.ControllerRevision>('apps', 'ControllerRevision', 'controllerrevisions'),
  daemonSets: grouped<kinds.DaemonSet>('apps', 'DaemonSet', 'daemonsets'),
  deployments: grouped<kinds.Deployment>('apps', 'Deployment', 'deployments'),
  statefulSets: grouped<kinds.StatefulSet>('apps', 'StatefulSet', 'statefulsets'),
  jobs: grouped<kinds.Job>('batch', 'Job', 'jobs'),
  podDisruptionBudgets: grouped<kinds.PodDisruptionBudget>(
    'policy',
    'PodDisruptionBudget',
    'poddisruptionbudgets',
  ),
  clusterRoleBindings: grouped<kinds.ClusterRoleBinding>(
    rbac,
    'ClusterRoleBinding',
    'clusterrolebindings',
    false,
  ),
  clusterRoles: grouped<kinds.ClusterRole>(rbac, 'ClusterRole', 'clusterroles', false),
  roleBindings: grouped<kinds.RoleBinding>(rbac, 'RoleBinding', 'rolebindings'),
  roles: grouped<kinds.Role>(rbac, 'Role', 'roles'),
  endpointSlices: grouped<kinds.EndpointSlice>('discovery.k8s.io', 'EndpointSlice', 'endpointslices'),
  events: grouped<kinds.Event>('events.k8s.io', 'Event', 'events'),
  leases: grouped<kinds.Lease>('coordination.k8s.io', 'Lease', 'leases'),
  customResourceDefinitions: grouped<kinds.CustomResourceDefinition>(
    'apiextensions.k8s.io',
    'CustomResourceDefinition',
    'customresourcedefinitions',
    false,
  ),
  mutatingWebhookConfigurations: grouped<kinds.MutatingWebhookConfiguration>(
    admission,
    'MutatingWebhookConfiguration',
    'mutatingwebhookconfigurations',
    false,
  ),
  validatingWebhookConfigurations: grouped<kinds.ValidatingWebhookConfiguration>(
    admission,
    'ValidatingWebhookConfiguration',
    'validatingwebhookconfigurations',
    false,
  ),
  validatingAdmissionPolicies: grouped<KubeObject>(
    admission,
    'ValidatingAdmissionPolicy',
    'validatingadmissionpolicies',
    false,
  ),
  validatingAdmissionPolicyBindings: grouped<KubeObject>(
    admission,
    'ValidatingAdmissionPolicyBinding',
    'validatingadmissionpolicybindings',
    false,
  ),
  networkPolicies: grouped<KubeObject>('networking.k8s.io', 'NetworkPolicy', 'networkpolicies'),
  csiDrivers: grouped<kinds.CSIDriver>('storage.k8s.io', 'CSIDriver', 'csidrivers', false),
  csiNodes: grouped<kinds.CSINode>('storage.k8s.io', 'CSINode', 'csinodes', false),
  csiStorageCapacities: grouped<kinds.CSIStorageCapacity>(
    'storage.k8s.io',
    'CSIStorageCapacity',
    'csistoragecapacities',
  ),
  storageClasses: grouped<kinds.StorageClass>('storage.k8s.io', 'StorageClass', 'storageclasses', false),
  priorityClasses: grouped<kinds.PriorityClass>(
    'scheduling.k8s.io',
    'PriorityClass',
    'priorityclasses',
    false,
  ),
} as const;
