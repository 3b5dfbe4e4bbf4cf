/** What one node agent is called in the status of the object that asked for it. */
export interface RolloutAgent<C extends string = string> {
  /** Value of the label that tells its DaemonSet and its pods, and its name in the status. */
  readonly component: C;
  /** Type of its condition. */
  readonly condition: string;
  /** Reason of Ready and Degraded when it fails. */
  readonly failedReason: string;
  /** The same when it serves some of its nodes; default `failedReason`. */
  readonly partlyFailedReason?: string;
  /** Where the custom resource speaks of it, such as `spec.devicePlugin`. */
  readonly specPath: string;
}

/** The node agents of one kind of custom resource, and what helps when they do not run, in the words of that kind. */
export interface RolloutKind<C extends string = string> {
  /** In the order they are rolled out. */
  readonly agents: readonly RolloutAgent<C>[];
  /** That there is no node to run on. */
  readonly noNode: string;
  readonly remedies: {
    /** When a folder of the node cannot be mounted. */
    readonly failedMount: string;
    /** When the node has no room. */
    readonly unschedulable: string;
    /** When a PriorityClass is not there. */
    readonly noPriorityClass: string;
  };
}

/** The agent with a component's name; undefined for one of others. */
export function agentOf<C extends string>(
  { agents }: RolloutKind<C>,
  component: string | undefined,
): RolloutAgent<C> | undefined {
  return agents.find((agent) => agent.component === component);
}
