/** What is done about a change of a field that the API server does not let anybody change. */
export type Replacement =
  /** The object is deleted and made anew. */
  | 'recreate'
  /** The same, and its pods run on and belong to the new one. */
  | 'recreate, pods stay'
  /** Nothing: the object holds what its deletion would lose. */
  | 'refuse';

/** A field of a kind, or all below it, that cannot be changed. */
export interface ImmutableField {
  /** Path from the object down. */
  readonly path: string;
  /** Fields right below it that can be changed. */
  readonly except?: readonly string[];
  /** What must be set in the object for the rule to hold. */
  readonly when?: string;
  readonly replacement: Replacement;
  /** The server adds nothing to it, so that what somebody else added counts too. */
  readonly exact?: true;
}

type Options = Omit<ImmutableField, 'path' | 'replacement'>;

const recreate = (path: string, options: Options = {}): ImmutableField => ({
  ...{ path, replacement: 'recreate', ...options },
});
const refuse = (path: string, options: Options = {}): ImmutableField => ({
  ...{ path, replacement: 'refuse', ...options },
});
const exact = { exact: true } as const;

const immutable = { when: 'immutable', exact: true } as const;
const roleRef = [recreate('roleRef')];
const selector = [recreate('spec.selector', exact)];
/** https://kubernetes.io/docs/concepts/workloads/controllers/statefulset: all but these. */
const changeableOfStatefulSets = [
  ...['selector', 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit'],
  ...['persistentVolumeClaimRetentionPolicy', 'minReadySeconds'],
];
const changeableOfVolumes = [
  ...['capacity', 'accessModes', 'claimRef', 'mountOptions', 'nodeAffinity', 'volumeAttributesClassName'],
  ...['persistentVolumeReclaimPolicy', 'storageClassName'],
];

/**
 * Every kind that is applied, by group and kind, with what cannot be changed of it
 * (k8s.io/kubernetes pkg/apis/.../validation). A test tries each on an API server.
 */
export const immutableFields: Readonly<Record<string, readonly ImmutableField[]>> = {
  '/ConfigMap': [recreate('data', immutable), recreate('binaryData', immutable)],
  '/Namespace': [],
  // What is in it is bound to the volume.
  '/PersistentVolumeClaim': [refuse('spec', { except: ['resources', 'volumeAttributesClassName'] })],
  '/PersistentVolume': [refuse('spec', { except: changeableOfVolumes })],
  '/Secret': [recreate('data', immutable), recreate('type')],
  '/Service': [
    recreate('spec.clusterIP'),
    // What could not be made anew, or the address that clients know, would be lost.
    refuse('spec.ipFamilies'),
    refuse('spec.loadBalancerClass', { when: 'spec.loadBalancerClass' }),
  ],
  '/ServiceAccount': [],
  'admissionregistration.k8s.io/MutatingWebhookConfiguration': [],
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy': [],
  'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding': [],
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration': [],
  // With it every object of its kind would go.
  'apiextensions.k8s.io/CustomResourceDefinition': [refuse('spec.group'), refuse('spec.scope')],
  'apps/DaemonSet': selector,
  'apps/Deployment': selector,
  'apps/StatefulSet': [
    // Its volumes would belong to nobody.
    refuse('spec.selector', { ...exact, when: 'spec.volumeClaimTemplates' }),
    recreate('spec.selector', exact),
    { path: 'spec', except: changeableOfStatefulSets, replacement: 'recreate, pods stay' },
  ],
  'batch/Job': [
    // The server makes it.
    refuse('spec.selector'),
    recreate('spec.template'),
    recreate('spec.completions'),
    recreate('spec.completionMode'),
    recreate('spec.podFailurePolicy'),
  ],
  'cert-manager.io/Certificate': [],
  'cert-manager.io/Issuer': [],
  'monitoring.coreos.com/PodMonitor': [],
  'monitoring.coreos.com/PrometheusRule': [],
  'monitoring.coreos.com/ServiceMonitor': [],
  'networking.k8s.io/NetworkPolicy': [],
  'policy/PodDisruptionBudget': [],
  'rbac.authorization.k8s.io/ClusterRole': [],
  'rbac.authorization.k8s.io/ClusterRoleBinding': roleRef,
  'rbac.authorization.k8s.io/Role': [],
  'rbac.authorization.k8s.io/RoleBinding': roleRef,
  'scheduling.k8s.io/PriorityClass': [recreate('value'), recreate('preemptionPolicy')],
  'storage.k8s.io/CSIDriver': [recreate('spec.attachRequired'), recreate('spec.volumeLifecycleModes')],
  // Volumes know nothing of the class they were made by.
  'storage.k8s.io/StorageClass': [
    recreate('provisioner'),
    recreate('parameters', exact),
    recreate('reclaimPolicy'),
    recreate('volumeBindingMode'),
  ],
};
