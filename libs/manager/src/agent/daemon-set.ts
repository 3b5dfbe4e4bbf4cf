import type { CxiDriver } from '@rackwright/api';
import { kubernetes } from '@rackwright/keys';
import type {
  Affinity,
  Container,
  DaemonSet,
  PodSecurityContext,
  PodSpec,
  Probe,
  Toleration,
} from '@rackwright/kube';
import type { CxiSettings } from '../settings.ts';
import type { Agent, UpdateStrategy } from './agent.ts';
import { volumeMountOf, volumeOf } from './host-mounts.ts';
import { nameOf, ownedMeta, ownedName, selectorLabels } from './identity.ts';
import { noVirtualNodes } from './virtual-nodes.ts';

/** The DaemonSet of one agent. */
export function daemonSet(driver: CxiDriver, settings: CxiSettings, agent: Agent): DaemonSet {
  const meta = ownedMeta(driver, agent.component);
  const selector = selectorLabels(nameOf(driver), agent.component);
  const annotations = { [kubernetes.annotation.defaultContainer]: agent.component, ...agent.podAnnotations };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { ...meta, namespace: settings.namespace },
    spec: {
      selector: { matchLabels: selector },
      updateStrategy: agent.updateStrategy ?? updateStrategy(driver.spec.updateStrategy, agent),
      template: {
        metadata: { labels: meta.labels ?? {}, annotations },
        spec: podSpec(driver, settings, agent),
      },
    },
  };
}

function updateStrategy(
  { type, maxUnavailable }: CxiDriver['spec']['updateStrategy'],
  { startsBesideOld }: Agent,
): UpdateStrategy {
  if (type === 'OnDelete') return { type };
  const text = String(maxUnavailable);
  // The older API took numbers as text, a DaemonSet does not.
  const nodes = text.endsWith('%') ? text : Number(text);
  return {
    type,
    rollingUpdate: startsBesideOld ? { maxSurge: nodes, maxUnavailable: 0 } : { maxUnavailable: nodes },
  };
}

function podSpec(driver: CxiDriver, settings: CxiSettings, agent: Agent): PodSpec {
  const { spec } = driver;
  const { imagePullSecrets } = settings;
  const nodeSelector = { [kubernetes.label.os]: 'linux', ...spec.nodeSelector, ...agent.nodeSelector };
  return {
    serviceAccountName: ownedName(nameOf(driver), agent.component),
    automountServiceAccountToken: agent.apiAccess === true,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: agent.terminationGracePeriodSeconds ?? 30,
    securityContext: { seccompProfile: { type: 'RuntimeDefault' }, ...seLinux(settings, agent) },
    ...(spec.priorityClassName === '' ? {} : { priorityClassName: spec.priorityClassName }),
    ...(imagePullSecrets.length === 0
      ? {}
      : { imagePullSecrets: imagePullSecrets.map((name) => ({ name })) }),
    nodeSelector,
    affinity: affinity(nodeSelector, settings),
    tolerations: tolerations(spec.tolerations, agent.tolerations),
    containers: [container(agent)],
    volumes: agent.hostMounts.map(volumeOf),
  };
}

/** No nodeSelector of a CXIDriver sends an image where it cannot run. */
function affinity(nodeSelector: Readonly<Record<string, string>>, { architectures }: CxiSettings): Affinity {
  const arch = { key: kubernetes.label.arch, operator: 'In', values: [...architectures] };
  const matchExpressions = [...(architectures.length === 0 ? [] : [arch]), ...noVirtualNodes(nodeSelector)];
  const required = { nodeSelectorTerms: [{ matchExpressions }] };
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } };
}

/** A privileged container is not confined, and a type would confine it. */
function seLinux(
  { seLinuxType }: CxiSettings,
  { securityContext }: Agent,
): Pick<PodSecurityContext, 'seLinuxOptions'> {
  return seLinuxType === '' || securityContext.privileged === true
    ? {}
    : { seLinuxOptions: { type: seLinuxType } };
}

/** A NIC's node is served whatever its taints, unless the spec says which. */
function tolerations(
  common: readonly Toleration[] = [{ operator: 'Exists' }],
  own: readonly Toleration[] = [],
): Toleration[] {
  return [...common, ...own];
}

function container(agent: Agent): Container {
  return {
    name: agent.component,
    image: agent.image,
    args: [...agent.args],
    env: [{ name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
    ports: [{ name: agent.port.name, containerPort: agent.port.number }],
    livenessProbe: probe(agent, '/healthz', { initialDelaySeconds: 10, periodSeconds: 30 }),
    readinessProbe: probe(agent, '/readyz', { initialDelaySeconds: 1, periodSeconds: 3 }),
    resources: agent.resources,
    securityContext: agent.securityContext,
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: agent.hostMounts.map(volumeMountOf),
  };
}

function probe(agent: Agent, path: string, timing: Probe): Probe {
  return { httpGet: { path, port: agent.port.name }, timeoutSeconds: 5, ...timing };
}
