import { pmem } from '@rackwright/keys';
import type { RolloutKind } from '@rackwright/manager';

/** What runs on nodes for a PmemCSIDeployment, in the order it is rolled out. */
export const components = [pmem.part.node, pmem.part.nodeSetup] as const;

export type Component = (typeof components)[number];

const { condition, reason } = pmem;

/** Them in the status of a PmemCSIDeployment, and what its user can do when they do not run. */
export const pmemRollout: RolloutKind<Component> = {
  agents: [
    {
      component: pmem.part.node,
      condition: condition.nodeReady,
      failedReason: reason.nodeFailed,
      specPath: 'spec',
    },
    {
      component: pmem.part.nodeSetup,
      condition: condition.nodeSetupReady,
      failedReason: reason.nodeSetupFailed,
      specPath: 'spec',
    },
  ],
  noNode: 'no node matches the node selector',
  remedies: {
    failedMount: 'see that spec.kubeletDir is the root folder of the kubelet',
    unschedulable: 'make room on the node, or change the resources asked for',
    noPriorityClass: 'make that PriorityClass',
  },
};
