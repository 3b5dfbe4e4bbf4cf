import { kubernetes } from '@rackwright/keys';
import type {
  Affinity,
  Container,
  DaemonSet,
  EnvVar,
  ObjectMeta,
  PodSecurityContext,
  PodSpec,
  Probe,
  ResourceRequirements,
  Toleration,
  Volume,
} from '@rackwright/kube';
import { type AgentDescriptor, type Privileges, privilegesFor } from './descriptor.ts';
import { type HostMount, type NodeLayout, volumeMountOf, volumeOf } from './host-mounts.ts';
import { noVirtualNodes } from './virtual-nodes.ts';

/** How a DaemonSet replaces its pods. */
export type UpdateStrategy = NonNullable<NonNullable<DaemonSet['spec']>['updateStrategy']>;

/** A volume that is no folder of the node, and where it is in the container. */
export interface AgentVolume {
  readonly volume: Volume;
  readonly mountPath: string;
}

/** An agent as somebody wants it: its descriptor, and what their custom resource says. */
export interface Agent<C extends string = string> {
  readonly descriptor: AgentDescriptor<C>;
  readonly image: string;
  readonly args: readonly string[];
  /** Volumes beside the folders of the node, each mounted read-only. */
  readonly volumes?: readonly AgentVolume[];
  /** Variables beside the name of the node. */
  readonly env?: readonly EnvVar[];
  /** Default the one of the descriptor. */
  readonly port?: number;
  /** Default those of the descriptor. */
  readonly resources?: ResourceRequirements | undefined;
  /** Which mounts with a purpose it needs. */
  readonly purposes?: readonly string[];
  readonly podAnnotations?: Readonly<Record<string, string>>;
  readonly nodeSelector?: Readonly<Record<string, string>> | undefined;
  readonly tolerations?: readonly Toleration[] | undefined;
  readonly updateStrategy?: UpdateStrategy;
}

/** What all agents of one custom resource share. */
export interface AgentPlacement {
  readonly layout: NodeLayout;
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** Labels of nodes that are passed over; of those without them nothing is said. */
  readonly excludedNodes?: Readonly<Record<string, string>>;
  /** Every taint when absent: hardware is served whatever the taints of its node. */
  readonly tolerations: readonly Toleration[] | undefined;
  /** Architectures the images exist for, in the words of the nodes' label; empty for every node. */
  readonly architectures: readonly string[];
  /** Empty for that of the cluster. */
  readonly priorityClassName: string;
  readonly imagePullSecrets: readonly string[];
  /** SELinux type of agents that are not privileged; empty for the runtime's choice. */
  readonly seLinuxType: string;
  readonly updateStrategy: {
    readonly type: UpdateStrategy['type'];
    /** A number of nodes, also as text, or a percentage. */
    readonly maxUnavailable: number | string;
  };
}

/** Whose DaemonSet it is. */
export interface AgentIdentity {
  readonly metadata: ObjectMeta & { readonly name: string; readonly namespace: string };
  /** Labels that select its pods; they must never change. */
  readonly selector: Readonly<Record<string, string>>;
}

/** The DaemonSet of one agent. Its account is called as it is. */
export function agentDaemonSet(
  { metadata, selector }: AgentIdentity,
  agent: Agent,
  placement: AgentPlacement,
): DaemonSet {
  const { component } = agent.descriptor;
  const annotations = { [kubernetes.annotation.defaultContainer]: component, ...agent.podAnnotations };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata,
    spec: {
      selector: { matchLabels: selector },
      updateStrategy: agent.updateStrategy ?? updateStrategy(agent, placement),
      template: {
        metadata: { labels: metadata.labels ?? {}, annotations },
        spec: podSpec(metadata.name, agent, placement),
      },
    },
  };
}

function updateStrategy(
  { descriptor }: Agent,
  { updateStrategy: { type = 'RollingUpdate', maxUnavailable } }: AgentPlacement,
): UpdateStrategy {
  if (type === 'OnDelete') return { type };
  const text = String(maxUnavailable);
  // Older APIs took numbers as text, a DaemonSet does not.
  const nodes = text.endsWith('%') ? text : Number(text);
  return {
    type,
    rollingUpdate: descriptor.startsBesideOld
      ? { maxSurge: nodes, maxUnavailable: 0 }
      : { maxUnavailable: nodes },
  };
}

function podSpec(serviceAccountName: string, agent: Agent, placement: AgentPlacement): PodSpec {
  const { descriptor } = agent;
  const { imagePullSecrets, priorityClassName, layout } = placement;
  const nodeSelector = {
    [kubernetes.label.os]: 'linux',
    ...placement.nodeSelector,
    ...agent.nodeSelector,
  };
  const { purposes = [] } = agent;
  const privileges = privilegesFor(descriptor, purposes);
  const mounts = descriptor
    .mounts(layout)
    .filter(({ purpose }) => purpose === undefined || purposes.includes(purpose));
  return {
    serviceAccountName,
    automountServiceAccountToken: descriptor.rights !== undefined,
    enableServiceLinks: false,
    ...(privileges.hostPID && { hostPID: true }),
    terminationGracePeriodSeconds: descriptor.terminationGracePeriodSeconds ?? 30,
    securityContext: { seccompProfile: { type: 'RuntimeDefault' }, ...seLinux(placement, privileges) },
    ...(priorityClassName === '' ? {} : { priorityClassName }),
    ...(imagePullSecrets.length === 0
      ? {}
      : { imagePullSecrets: imagePullSecrets.map((name) => ({ name })) }),
    nodeSelector,
    affinity: affinity(nodeSelector, placement),
    tolerations: tolerations(agent, placement),
    containers: [container(agent, mounts, privileges)],
    volumes: [...mounts.map(volumeOf), ...(agent.volumes ?? []).map(({ volume }) => volume)],
  };
}

function tolerations({ descriptor, tolerations: more = [] }: Agent, placement: AgentPlacement): Toleration[] {
  if (placement.tolerations === undefined) return [{ operator: 'Exists' }, ...more];
  return [...placement.tolerations, ...(descriptor.tolerations ?? []), ...more];
}

/** No nodeSelector of a custom resource sends an image where it cannot run. */
function affinity(
  nodeSelector: Readonly<Record<string, string>>,
  { architectures, excludedNodes = {} }: AgentPlacement,
): Affinity {
  const arch = { key: kubernetes.label.arch, operator: 'In', values: [...architectures] };
  const excluded = Object.entries(excludedNodes).map(([key, value]) => ({
    ...{ key, operator: 'NotIn', values: [value] },
  }));
  const matchExpressions = [
    ...(architectures.length === 0 ? [] : [arch]),
    ...noVirtualNodes(nodeSelector),
    ...excluded,
  ];
  const required = { nodeSelectorTerms: [{ matchExpressions }] };
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } };
}

/** A privileged container is not confined, and a type would confine it. */
function seLinux(
  { seLinuxType }: AgentPlacement,
  { securityContext }: Privileges,
): Pick<PodSecurityContext, 'seLinuxOptions'> {
  return seLinuxType === '' || securityContext.privileged === true
    ? {}
    : { seLinuxOptions: { type: seLinuxType } };
}

function container(
  { descriptor, ...agent }: Agent,
  mounts: readonly HostMount[],
  { securityContext }: Privileges,
): Container {
  const { port, component } = descriptor;
  return {
    name: component,
    image: agent.image,
    args: [...agent.args],
    env: [
      { name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
      ...(agent.env ?? []),
    ],
    ports: [{ name: port.name, containerPort: agent.port ?? port.number }],
    livenessProbe: probe(port.name, '/healthz', { initialDelaySeconds: 10, periodSeconds: 30 }),
    readinessProbe: probe(port.name, '/readyz', { initialDelaySeconds: 1, periodSeconds: 3 }),
    resources: agent.resources ?? descriptor.resources,
    securityContext,
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: [
      ...mounts.map(volumeMountOf),
      ...(agent.volumes ?? []).map(({ volume: { name }, mountPath }) => ({
        name,
        mountPath,
        readOnly: true,
      })),
    ],
  };
}

function probe(port: string, path: string, timing: Probe): Probe {
  return { httpGet: { path, port }, timeoutSeconds: 5, ...timing };
}
