import type {
  ConfigMap,
  CustomResourceDefinition,
  DaemonSet,
  Deployment,
  KubeObject,
  PodDisruptionBudget,
  Role,
  RoleBinding,
  Secret,
  Service,
  ServiceAccount,
} from '@rackwright/kube';
import { resourceType } from '@rackwright/kube';

export const ownerLabels = { 'app.kubernetes.io/managed-by': 'plan-test' };
const namespace = 'default';

function named(name: string): { name: string; namespace: string; labels: Record<string, string> } {
  return { name, namespace, labels: { ...ownerLabels } };
}

/** A DaemonSet that uses about every kind of field the API server defaults, rewrites or leaves out. */
export function agent(image = 'registry.local/agent:1', name = 'agent'): DaemonSet {
  const labels = { ...ownerLabels, app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: named(name),
    spec: {
      selector: { matchLabels: labels },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '10%' } },
      template: {
        metadata: { labels, annotations: { 'prometheus.io/port': '9090' } },
        spec: {
          serviceAccountName: 'agent',
          hostNetwork: false,
          hostPID: true,
          automountServiceAccountToken: false,
          nodeSelector: {},
          priorityClassName: '',
          terminationGracePeriodSeconds: 0,
          tolerations: [{ operator: 'Exists' }],
          securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
          imagePullSecrets: [{ name: 'pull' }],
          initContainers: [{ name: 'init', image, command: ['true'], args: [] }],
          containers: [
            {
              name: 'agent',
              image,
              args: ['--flag', ''],
              env: [
                { name: 'EMPTY', value: '' },
                { name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
                {
                  name: 'CPU',
                  valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '0.001' } },
                },
              ],
              ports: [
                { name: 'health', containerPort: 8081 },
                { name: 'dns', containerPort: 53, protocol: 'UDP' },
                { name: 'dns-tcp', containerPort: 53, protocol: 'TCP' },
              ],
              resources: {
                requests: { cpu: 0.05, memory: '65536Ki' },
                limits: { cpu: '0.2', memory: '128Mi' },
              },
              livenessProbe: {
                httpGet: { path: '/healthz', port: 'health' },
                initialDelaySeconds: 0,
                periodSeconds: 30,
              },
              readinessProbe: { httpGet: { path: '/readyz', port: 8081 } },
              securityContext: {
                privileged: true,
                readOnlyRootFilesystem: false,
                capabilities: { drop: [] },
              },
              volumeMounts: [
                { name: 'sys', mountPath: '/host/sys', readOnly: true },
                { name: 'run', mountPath: '/host/run', mountPropagation: 'Bidirectional' },
                { name: 'scratch', mountPath: '/tmp' },
                { name: 'token', mountPath: '/token', readOnly: false },
              ],
            },
          ],
          volumes: [
            { name: 'sys', hostPath: { path: '/sys', type: 'Directory' } },
            { name: 'run', hostPath: { path: '/run', type: '' } },
            { name: 'scratch', emptyDir: { sizeLimit: '1024Mi' } },
            { name: 'empty', emptyDir: {} },
            { name: 'config', configMap: { name: 'settings', optional: true } },
            {
              name: 'token',
              projected: { sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 3600 } }] },
            },
          ],
        },
      },
    },
  };
}

const account: ServiceAccount = {
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: named('agent'),
  secrets: [],
};
const role: Role = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'Role',
  metadata: named('agent'),
  rules: [{ apiGroups: [''], resources: ['pods'], resourceNames: [], verbs: ['get', 'list'] }],
};
const binding: RoleBinding = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'RoleBinding',
  metadata: named('agent'),
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'agent' },
  subjects: [{ kind: 'ServiceAccount', name: 'agent', namespace }],
};
const settings: ConfigMap = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: named('settings'),
  data: { empty: '' },
};
const secret: Secret = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: named('secret'),
  stringData: { key: 'geheim' },
};
const service: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: named('metrics'),
  spec: { selector: { app: 'agent' }, ports: [{ name: 'metrics', port: 9090, targetPort: 'metrics' }] },
};
const deployment: Deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: named('manager'),
  spec: {
    replicas: 0,
    paused: false,
    selector: { matchLabels: { app: 'manager' } },
    template: {
      metadata: { labels: { app: 'manager' } },
      spec: { containers: [{ name: 'manager', image: 'm' }] },
    },
  },
};
const budget: PodDisruptionBudget = {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: named('manager'),
  spec: { minAvailable: 0, selector: { matchLabels: { app: 'manager' } } },
};

export interface Widget extends KubeObject {
  spec?: { enabled?: boolean; count?: number; text?: string; block?: Record<string, never>; list?: string[] };
}

export const widgets = resourceType<Widget>({
  ...{ group: 'test.rackwright.io', version: 'v1', plural: 'widgets', kind: 'Widget', namespaced: true },
});

export const widgetDefinition: CustomResourceDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.test.rackwright.io' },
  spec: {
    group: widgets.group,
    scope: 'Namespaced',
    names: { kind: widgets.kind, plural: widgets.plural },
    versions: [
      {
        ...{ name: 'v1', served: true, storage: true },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        },
      },
    ],
  },
};

const widget: Widget = {
  apiVersion: 'test.rackwright.io/v1',
  kind: 'Widget',
  metadata: named('widget'),
  spec: { enabled: false, count: 0, text: '', block: {}, list: [] },
};

/** One of about every kind a controller of ours creates. */
export const sampleObjects: readonly KubeObject[] = [
  ...[account, role, binding, settings, secret, service],
  ...[agent(), deployment, budget, widget],
];
