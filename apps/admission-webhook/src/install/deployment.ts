import { registrations } from '@rackwright/api/generate';
import { kubernetes } from '@rackwright/keys';
import { type InstallValues, installLabels, namespacedObject, secretsOf, selector } from './values.ts';

/** Ports of the pods by name. */
export const ports = { webhook: 9443, health: 8081, metrics: 8443 } as const;
/** What the pipeline builds released images for; docs/images.md says how to build others. */
const imageArchitecture = 'amd64';

/** The replicas. */
export function deployment(values: InstallValues): object {
  return namespacedObject('apps/v1', 'Deployment', values, {
    spec: {
      replicas: 2,
      // A new replica answers before an old one goes.
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      selector: { matchLabels: selector },
      template: {
        metadata: {
          labels: installLabels,
          annotations: { [kubernetes.annotation.defaultContainer]: 'webhook' },
        },
        spec: podSpec(values),
      },
    },
  });
}

function podSpec(values: InstallValues): object {
  return {
    serviceAccountName: values.name,
    automountServiceAccountToken: true,
    enableServiceLinks: false,
    nodeSelector: { [kubernetes.label.os]: 'linux', [kubernetes.label.arch]: imageArchitecture },
    topologySpreadConstraints: [
      {
        ...{ maxSkew: 1, topologyKey: kubernetes.label.hostname, whenUnsatisfiable: 'ScheduleAnyway' },
        labelSelector: { matchLabels: selector },
      },
    ],
    terminationGracePeriodSeconds: 30,
    securityContext: {
      ...{ runAsNonRoot: true, runAsUser: 65_532, runAsGroup: 65_532 },
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [container(values)],
  };
}

function container(values: InstallValues): object {
  const probe = (path: string) => ({ httpGet: { path, port: 'health' } });
  return {
    name: 'webhook',
    image: values.image,
    imagePullPolicy: 'IfNotPresent',
    args: flags(values),
    env: [{ name: 'POD_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } }],
    ports: Object.entries(ports).map(([name, containerPort]) => ({ name, containerPort })),
    livenessProbe: { ...probe('/healthz'), initialDelaySeconds: 15, periodSeconds: 20 },
    readinessProbe: { ...probe('/readyz'), initialDelaySeconds: 1, periodSeconds: 3 },
    resources: {
      limits: { cpu: '500m', memory: '128Mi' },
      requests: { cpu: '10m', memory: '64Mi' },
    },
    securityContext: {
      ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
      capabilities: { drop: ['ALL'] },
    },
  };
}

/** How things are called and where metrics are served; the rest is as the app has it. */
function flags(values: InstallValues): string[] {
  const { authority, certificate } = secretsOf(values);
  const { mutating, crds } = registrations();
  return [
    `--metrics-bind-address=:${ports.metrics}`,
    `--service=${values.name}`,
    `--validating-configuration=${values.name}`,
    ...(mutating ? [`--mutating-configuration=${values.name}`] : []),
    ...(crds.length > 0 ? ['--crd-conversion=true'] : []),
    `--authority-secret=${authority}`,
    `--certificate-secret=${certificate}`,
  ];
}
