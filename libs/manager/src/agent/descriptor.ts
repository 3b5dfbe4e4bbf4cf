import type { PolicyRule, ResourceRequirements, SecurityContext, Toleration } from '@rackwright/kube';
import type { HostMount, NodeLayout } from './host-mounts.ts';

/** What the container of an agent may do, and why it has to. */
export interface Privileges {
  readonly securityContext: SecurityContext;
  /** It enters the namespaces of the host's first process, which it has to see. */
  readonly hostPID?: true;
  /** One or two sentences for whoever reviews it. */
  readonly reason: string;
}

/** What an agent may ask the API server for. An admission policy may narrow it to its own node. */
export interface AgentRights {
  /** In the whole cluster. */
  readonly cluster: readonly PolicyRule[];
  /** In the namespace where it runs. */
  readonly namespace?: readonly PolicyRule[];
}

/**
 * What a node agent is wherever it runs. The DaemonSets that operators apply and
 * the agents' own charts come from it; what a custom resource says is added by
 * `Agent`.
 */
export interface AgentDescriptor<C extends string = string> {
  /** In labels, and the name of its container. */
  readonly component: C;
  /** Serves `/healthz`, `/readyz` and `/metrics`. */
  readonly port: { readonly name: 'health' | 'metrics'; readonly number: number };
  readonly privileges: Privileges;
  /** In place of those, for an agent that is made for a purpose. */
  readonly privilegesFor?: Readonly<Record<string, Privileges>>;
  /** What of the node it sees. */
  readonly mounts: (layout: NodeLayout) => readonly HostMount[];
  /** What it asks for when nothing else is said. */
  readonly resources: ResourceRequirements;
  /**
   * Its rights at the API server. The roles of its own chart and those that operators
   * bind it to (ADR 7) come from here; without rights it gets no token.
   */
  readonly rights?: AgentRights;
  /** A new pod starts before the old one of its node ends: two may run side by side, and none would be missed. */
  readonly startsBesideOld?: true;
  /** Taints it runs beside whatever values and custom resources say: those we set because of what it tells. */
  readonly tolerations?: readonly Toleration[];
  /** Seconds the agent may take to stop. Default 30. */
  readonly terminationGracePeriodSeconds?: number;
}

/** What an agent may do that is made for these purposes. */
export function privilegesFor(
  { privileges, privilegesFor: more = {} }: Pick<AgentDescriptor, 'privileges' | 'privilegesFor'>,
  purposes: readonly string[],
): Privileges {
  return purposes.map((purpose) => more[purpose]).find((found) => found !== undefined) ?? privileges;
}

/** Root for files that belong to root, and nothing else. */
export const rootWithoutCapabilities: SecurityContext = {
  runAsUser: 0,
  runAsGroup: 0,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

/** Nobody in particular, for what every user of the node may read. */
export const nonRoot: SecurityContext = {
  ...rootWithoutCapabilities,
  runAsNonRoot: true,
  runAsUser: 65_532,
  runAsGroup: 65_532,
};
