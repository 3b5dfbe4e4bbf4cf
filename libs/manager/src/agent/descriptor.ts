import type { ResourceRequirements, SecurityContext } from '@rackwright/kube';
import type { HostMount, NodeLayout } from './host-mounts.ts';

/** What the container of an agent may do, and why it has to. */
export interface Privileges {
  readonly securityContext: SecurityContext;
  /** One or two sentences for whoever reviews it. */
  readonly reason: string;
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
  /** What of the node it sees. */
  readonly mounts: (layout: NodeLayout) => readonly HostMount[];
  /** What it asks for when nothing else is said. */
  readonly resources: ResourceRequirements;
  /** It speaks to the API server, with the rights of a role shipped for it. */
  readonly apiAccess?: true;
  /** A new pod starts before the old one of its node ends: two may run side by side, and none would be missed. */
  readonly startsBesideOld?: true;
  /** Seconds the agent may take to stop. Default 30. */
  readonly terminationGracePeriodSeconds?: number;
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
