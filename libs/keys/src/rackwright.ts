/** Names that are Rackwright's own. */
export const rackwright = {
  /** CRD category: `kubectl get hw`. */
  category: 'hw',
  partOf: 'rackwright',
  env: {
    /** Stands for the container's `/` when a simulator runs the app without namespaces. */
    sandboxRoot: 'RACKWRIGHT_SANDBOX_ROOT',
    /** Address servers bind to when none is given, in place of a pod's network namespace. */
    sandboxAddress: 'RACKWRIGHT_SANDBOX_ADDRESS',
  },
  /** Host folder where the agents of one node leave state for each other. */
  stateDir: '/run/rackwright',
} as const;
