/** Reasons in the conditions of an object whose node agents are rolled out. */
export const rolloutReason = {
  ready: 'Ready',
  /** A component's own condition, when it failed. */
  failed: 'Failed',
  rollingOut: 'RollingOut',
  waitingForPods: 'WaitingForPods',
  /** A component whose pods were ready and are not any more; nothing rolls. */
  podsNotReady: 'PodsNotReady',
  nodesFailed: 'NodesFailed',
} as const;
