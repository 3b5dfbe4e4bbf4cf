import { ai100, aidaptivCache } from '@rackwright/keys';
import type { RolloutKind } from '@rackwright/manager';

/** The node agents of an AidaptivCache, in the order they are rolled out. */
export const components = [ai100.component.devicePlugin, ai100.component.exporter] as const;

export type Component = (typeof components)[number];

const { condition, reason } = aidaptivCache;

/** Them in the status of an AidaptivCache, and what its user can do when they do not run. */
export const ai100Rollout: RolloutKind<Component> = {
  agents: [
    {
      component: ai100.component.devicePlugin,
      condition: condition.devicePluginReady,
      failedReason: reason.devicePluginFailed,
      specPath: 'spec.devicePlugin',
    },
    {
      component: ai100.component.exporter,
      condition: condition.exporterReady,
      failedReason: reason.exporterFailed,
      specPath: 'spec.exporter',
    },
  ],
  noNode: 'no node has AI100 drives',
  remedies: {
    failedMount: 'see that kubelet.rootDir is that of the node',
    unschedulable: 'make room on the node, or change the resources asked for',
    noPriorityClass: 'make that PriorityClass',
  },
};
