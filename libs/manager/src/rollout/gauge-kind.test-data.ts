import type { RolloutKind } from './kind.ts';

/** A kind nobody has, with two agents. */
export const gaugeKind: RolloutKind<'gauge' | 'lever'> = {
  agents: [
    { component: 'gauge', condition: 'GaugeReady', failedReason: 'GaugeFailed', specPath: 'spec.gauge' },
    {
      ...{ component: 'lever', condition: 'LeverReady', failedReason: 'LeverFailed' },
      ...{ partlyFailedReason: 'SomeLeversFailed', specPath: 'spec.lever' },
    },
  ],
  noNode: 'no node has a gauge',
  remedies: {
    failedMount: 'see that the node has the folders of a gauge',
    unschedulable: 'make room on the node',
    noPriorityClass: 'make that PriorityClass or change spec.priorityClassName',
  },
};
