import type { KubeObject } from '@rackwright/kube';

type Fields = { readonly [name: string]: unknown };

/** An object of a kind, with changes the API server refuses and changes it takes. */
export interface KindSample {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Where the name cannot be just any. */
  readonly name?: string;
  readonly fields: Fields;
  /** By path of a row of the table. */
  readonly refused?: Readonly<Record<string, Fields>>;
  /** One after the other, on one object; by field where a row makes an exception of it. */
  readonly taken: Readonly<Record<string, Fields>>;
  /** What the server's controllers would write before a change is tried. */
  readonly status?: Fields;
}

const labels = { app: 'a' };
const podSpec = { restartPolicy: 'Always', containers: [{ name: 'c', image: 'registry.test/a:1' }] };
const template = { metadata: { labels }, spec: podSpec };
const otherLabels = { app: 'b' };
const reselected = {
  spec: { selector: { matchLabels: otherLabels }, template: { metadata: { labels: otherLabels } } },
};
const volumeClaimTemplates = [
  {
    metadata: { name: 'data' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  },
];
const newImage = {
  spec: { template: { spec: { containers: [{ name: 'c', image: 'registry.test/a:2' }] } } },
};
const rule = { apiGroups: [''], resources: ['pods'], verbs: ['get'] };
const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' };
const webhook = {
  ...{ name: 'a.example.com', sideEffects: 'None', admissionReviewVersions: ['v1'], failurePolicy: 'Ignore' },
  clientConfig: { url: 'https://a.example.com/' },
};
const rules = [
  { apiGroups: ['none.example.com'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['nothings'] },
];
const annotated = { annotation: { metadata: { annotations: { a: 'b' } } } };
const sample = (apiVersion: string, kind: string, namespaced: boolean) => ({ apiVersion, kind, namespaced });
const custom = (apiVersion: string, kind: string): KindSample => ({
  ...sample(apiVersion, kind, true),
  fields: { spec: { a: 1 } },
  taken: { spec: { spec: { a: 2 } } },
});

const affinity = (value: string) => ({
  required: {
    nodeSelectorTerms: [
      { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [value] }] },
    ],
  },
});

export const kindSamples: readonly KindSample[] = [
  {
    ...sample('v1', 'ConfigMap', true),
    fields: { immutable: true, data: { a: '1' } },
    refused: { data: { data: { a: '2' } }, binaryData: { binaryData: { b: 'eA==' } } },
    taken: annotated,
  },
  { ...sample('v1', 'ConfigMap', true), fields: { data: { a: '1' } }, taken: { data: { data: { a: '2' } } } },
  { ...sample('v1', 'Namespace', false), fields: {}, taken: annotated },
  {
    ...sample('v1', 'PersistentVolumeClaim', true),
    fields: {
      spec: {
        ...{ accessModes: ['ReadWriteOnce'], storageClassName: 'expandable' },
        resources: { requests: { storage: '1Gi' } },
      },
    },
    refused: { spec: { spec: { storageClassName: 'other' } } },
    taken: {
      resources: { spec: { resources: { requests: { storage: '2Gi' } } } },
      volumeAttributesClassName: { spec: { volumeAttributesClassName: 'fast' } },
    },
    status: { phase: 'Bound', capacity: { storage: '1Gi' } },
  },
  {
    ...sample('v1', 'PersistentVolume', false),
    fields: {
      spec: {
        ...{ capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], storageClassName: 'a' },
        csi: { driver: 'a.example.com', volumeHandle: 'one' },
        persistentVolumeReclaimPolicy: 'Retain',
      },
    },
    refused: { spec: { spec: { csi: { volumeHandle: 'two' } } } },
    taken: {
      capacity: { spec: { capacity: { storage: '2Gi' } } },
      accessModes: { spec: { accessModes: ['ReadWriteMany'] } },
      claimRef: { spec: { claimRef: { namespace: 'default', name: 'c' } } },
      mountOptions: { spec: { mountOptions: ['ro'] } },
      nodeAffinity: { spec: { nodeAffinity: affinity('a') } },
      volumeAttributesClassName: { spec: { volumeAttributesClassName: 'fast' } },
      persistentVolumeReclaimPolicy: { spec: { persistentVolumeReclaimPolicy: 'Delete' } },
      storageClassName: { spec: { storageClassName: 'b' } },
    },
  },
  {
    ...sample('v1', 'Secret', true),
    fields: { immutable: true, type: 'a.example.com/a', data: { a: 'eA==' } },
    refused: {
      data: { data: { a: 'eQ==' } },
      type: { type: 'a.example.com/b' },
    },
    taken: annotated,
  },
  {
    ...sample('v1', 'Service', true),
    fields: { spec: { selector: labels, ports: [{ port: 80, protocol: 'TCP' }] } },
    refused: {
      'spec.clusterIP': { spec: { clusterIP: 'None' } },
      'spec.ipFamilies': { spec: { ipFamilies: ['IPv6'] } },
    },
    taken: {
      selector: { spec: { selector: otherLabels } },
      ports: { spec: { ports: [{ port: 81, protocol: 'TCP' }] } },
    },
  },
  {
    ...sample('v1', 'Service', true),
    fields: {
      spec: {
        type: 'LoadBalancer',
        loadBalancerClass: 'a.example.com/a',
        ports: [{ port: 80, protocol: 'TCP' }],
      },
    },
    refused: { 'spec.loadBalancerClass': { spec: { loadBalancerClass: 'a.example.com/b' } } },
    taken: annotated,
  },
  {
    ...sample('v1', 'ServiceAccount', true),
    fields: { automountServiceAccountToken: false },
    taken: { automount: { automountServiceAccountToken: true } },
  },
  ...['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'].map((kind) => ({
    ...sample('admissionregistration.k8s.io/v1', kind, false),
    fields: { webhooks: [{ ...webhook, rules }] },
    taken: { webhooks: { webhooks: [{ ...webhook, rules, timeoutSeconds: 1 }] } },
  })),
  {
    ...sample('admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicy', false),
    fields: { spec: { matchConstraints: { resourceRules: rules }, validations: [{ expression: 'true' }] } },
    taken: { validations: { spec: { validations: [{ expression: '1 == 1' }] } } },
  },
  {
    ...sample('admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicyBinding', false),
    fields: { spec: { policyName: 'a', validationActions: ['Audit'] } },
    taken: { policy: { spec: { policyName: 'b' } }, actions: { spec: { validationActions: ['Deny'] } } },
  },
  {
    ...sample('apiextensions.k8s.io/v1', 'CustomResourceDefinition', false),
    name: 'things.table.example.com',
    fields: {
      spec: {
        ...{ group: 'table.example.com', scope: 'Namespaced', names: { kind: 'Thing', plural: 'things' } },
        versions: [
          { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } },
        ],
      },
    },
    refused: {
      'spec.group': { spec: { group: 'b.example.com' } },
      'spec.scope': { spec: { scope: 'Cluster' } },
    },
    taken: { names: { spec: { names: { shortNames: ['th'] } } } },
  },
  ...['DaemonSet', 'Deployment'].map((kind) => ({
    ...sample('apps/v1', kind, true),
    fields: { spec: { selector: { matchLabels: labels }, template } },
    refused: { 'spec.selector': reselected },
    taken: { image: newImage },
  })),
  {
    ...sample('apps/v1', 'StatefulSet', true),
    fields: { spec: { serviceName: 'a', selector: { matchLabels: labels }, template } },
    refused: { 'spec.selector': reselected, spec: { spec: { serviceName: 'b' } } },
    taken: {
      replicas: { spec: { replicas: 3 } },
      ordinals: { spec: { ordinals: { start: 1 } } },
      template: newImage,
      updateStrategy: { spec: { updateStrategy: { rollingUpdate: { partition: 1 } } } },
      revisionHistoryLimit: { spec: { revisionHistoryLimit: 1 } },
      persistentVolumeClaimRetentionPolicy: {
        spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Delete' } },
      },
      minReadySeconds: { spec: { minReadySeconds: 1 } },
    },
  },
  {
    ...sample('apps/v1', 'StatefulSet', true),
    fields: {
      spec: { serviceName: 'a', selector: { matchLabels: labels }, template, volumeClaimTemplates },
    },
    refused: { 'spec.selector': reselected },
    taken: { replicas: { spec: { replicas: 3 } } },
  },
  {
    ...sample('batch/v1', 'Job', true),
    fields: { spec: { completions: 2, template: { spec: { ...podSpec, restartPolicy: 'Never' } } } },
    refused: {
      'spec.selector': { spec: { selector: { matchLabels: labels } } },
      'spec.template': newImage,
      'spec.completions': { spec: { completions: 3 } },
      'spec.completionMode': { spec: { completionMode: 'Indexed' } },
      'spec.podFailurePolicy': {
        spec: {
          podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [1] } }] },
        },
      },
    },
    taken: { parallelism: { spec: { parallelism: 2 } }, suspend: { spec: { suspend: true } } },
  },
  ...['Certificate', 'Issuer'].map((kind) => custom('cert-manager.io/v1', kind)),
  ...['PodMonitor', 'PrometheusRule', 'ServiceMonitor'].map((kind) =>
    custom('monitoring.coreos.com/v1', kind),
  ),
  {
    ...sample('networking.k8s.io/v1', 'NetworkPolicy', true),
    fields: { spec: { podSelector: { matchLabels: labels } } },
    taken: { selector: { spec: { podSelector: { matchLabels: otherLabels } } } },
  },
  {
    ...sample('policy/v1', 'PodDisruptionBudget', true),
    fields: { spec: { selector: { matchLabels: labels }, minAvailable: 1 } },
    taken: {
      minAvailable: { spec: { minAvailable: 2 } },
      selector: { spec: { selector: { matchLabels: otherLabels } } },
    },
  },
  ...['ClusterRole', 'Role'].map((kind) => ({
    ...sample('rbac.authorization.k8s.io/v1', kind, kind === 'Role'),
    fields: { rules: [rule] },
    taken: { rules: { rules: [{ ...rule, verbs: ['list'] }] } },
  })),
  ...['ClusterRoleBinding', 'RoleBinding'].map((kind) => ({
    ...sample('rbac.authorization.k8s.io/v1', kind, kind === 'RoleBinding'),
    fields: { roleRef, subjects: [] },
    refused: { roleRef: { roleRef: { ...roleRef, name: 'edit' } } },
    taken: { subjects: { subjects: [{ kind: 'ServiceAccount', name: 'a', namespace: 'default' }] } },
  })),
  {
    ...sample('scheduling.k8s.io/v1', 'PriorityClass', false),
    fields: { value: 1 },
    refused: { value: { value: 2 }, preemptionPolicy: { preemptionPolicy: 'Never' } },
    taken: { description: { description: 'b' } },
  },
  {
    ...sample('storage.k8s.io/v1', 'CSIDriver', false),
    fields: { spec: { attachRequired: false } },
    refused: {
      'spec.attachRequired': { spec: { attachRequired: true } },
      'spec.volumeLifecycleModes': { spec: { volumeLifecycleModes: ['Ephemeral'] } },
    },
    taken: { podInfo: { spec: { podInfoOnMount: true } }, fsGroup: { spec: { fsGroupPolicy: 'File' } } },
  },
  {
    ...sample('storage.k8s.io/v1', 'StorageClass', false),
    fields: { provisioner: 'a.example.com', parameters: { a: '1' } },
    refused: {
      provisioner: { provisioner: 'b.example.com' },
      parameters: { parameters: { b: '2' } },
      reclaimPolicy: { reclaimPolicy: 'Retain' },
      volumeBindingMode: { volumeBindingMode: 'WaitForFirstConsumer' },
    },
    taken: { expansion: { allowVolumeExpansion: true }, mountOptions: { mountOptions: ['ro'] } },
  },
];

/** The object under a name. */
export function objectOf(
  { apiVersion, kind, namespaced, fields, name: fixed }: KindSample,
  name: string,
): KubeObject {
  const metadata = { name: fixed ?? name, ...(namespaced ? { namespace: 'default' } : {}) };
  return { apiVersion, kind, metadata, ...structuredClone(fields) } as KubeObject;
}

/** The object with changes, as a merge patch makes them. */
export function changedBy<T>(value: T, change: unknown): T {
  if (!isFields(change)) return structuredClone(change) as T;
  const before: Fields = isFields(value) ? value : {};
  const names = [...new Set([...Object.keys(before), ...Object.keys(change)])];
  return Object.fromEntries(
    names.map((name) => [name, name in change ? changedBy(before[name], change[name]) : before[name]]),
  ) as T;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
