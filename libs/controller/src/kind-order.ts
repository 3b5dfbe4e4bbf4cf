/** What others need comes first. Kinds not named stand between services and workloads. */
const order: readonly string[] = [
  'CustomResourceDefinition',
  'PriorityClass',
  'Namespace',
  'ServiceAccount',
  'ClusterRole',
  'Role',
  'ClusterRoleBinding',
  'RoleBinding',
  'ConfigMap',
  'Secret',
  'PersistentVolumeClaim',
  'Service',
  '',
  'DaemonSet',
  'StatefulSet',
  'Deployment',
  'Job',
  'PodDisruptionBudget',
  // A webhook that nobody serves yet would only be in the way.
  'ValidatingWebhookConfiguration',
  'MutatingWebhookConfiguration',
];

const ranks: ReadonlyMap<string, number> = new Map(order.map((kind, i) => [kind, i]));

/** Position of a kind in the order of applying; deletes go the other way. */
export function kindRank(kind: string | undefined): number {
  return ranks.get(kind ?? '') ?? ranks.get('') ?? 0;
}
