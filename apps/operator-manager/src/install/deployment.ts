import { kubernetes } from '@rackwright/keys';
import type { Container, Deployment, KubeObject, SecurityContext, Service } from '@rackwright/kube';
import { type InstallValues, imageArchitecture, installLabels } from './values.ts';

const healthPort = 8081;
const metricsPort = 8443;

const securityContext: SecurityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

/** What the operator is told of the controller it runs. */
export interface ControllerFlags {
  /** Name of the controller. */
  readonly controller: string;
  /** Flags beside those every operator has. */
  readonly more: readonly string[];
}

/** The operator's Deployment and the Service of its metrics, by the file they go into. */
export function managerFiles(
  values: InstallValues,
  flags: ControllerFlags,
): Record<string, readonly KubeObject[]> {
  return { 'manager.yaml': [deployment(values, flags)], 'metrics_service.yaml': [metricsService(values)] };
}

function selector({ name }: InstallValues): Record<string, string> {
  return { [kubernetes.label.name]: name };
}

function deployment(values: InstallValues, flags: ControllerFlags): Deployment {
  const { name, namespace } = values;
  const labels = installLabels(values);
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: selector(values) },
      template: {
        metadata: { labels, annotations: { [kubernetes.annotation.defaultContainer]: 'manager' } },
        spec: {
          serviceAccountName: name,
          automountServiceAccountToken: true,
          enableServiceLinks: false,
          terminationGracePeriodSeconds: 10,
          nodeSelector: { [kubernetes.label.os]: 'linux', [kubernetes.label.arch]: imageArchitecture },
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 65_532,
            runAsGroup: 65_532,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          containers: [container(values, flags)],
        },
      },
    },
  };
}

function container(values: InstallValues, { controller, more }: ControllerFlags): Container {
  const fromField = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
  return {
    name: 'manager',
    image: values.image,
    imagePullPolicy: 'IfNotPresent',
    args: [
      `--controllers=${controller}`,
      '--leader-elect=true',
      `--health-probe-bind-address=:${healthPort}`,
      `--metrics-bind-address=:${metricsPort}`,
      ...more,
    ],
    env: [fromField('OPERATOR_NAMESPACE', 'metadata.namespace'), fromField('POD_NAME', 'metadata.name')],
    ports: [
      { name: 'health', containerPort: healthPort },
      { name: 'metrics', containerPort: metricsPort },
    ],
    livenessProbe: {
      httpGet: { path: '/healthz', port: 'health' },
      initialDelaySeconds: 15,
      periodSeconds: 20,
    },
    readinessProbe: {
      httpGet: { path: '/readyz', port: 'health' },
      initialDelaySeconds: 1,
      periodSeconds: 5,
    },
    resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { cpu: '500m', memory: '192Mi' } },
    securityContext,
  };
}

function metricsService(values: InstallValues): Service {
  const { name, namespace } = values;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: `${name}-metrics`,
      namespace,
      labels: { ...installLabels(values), [kubernetes.label.component]: 'metrics' },
    },
    spec: {
      selector: selector(values),
      ports: [{ name: 'metrics', port: metricsPort, targetPort: 'metrics' }],
    },
  };
}
