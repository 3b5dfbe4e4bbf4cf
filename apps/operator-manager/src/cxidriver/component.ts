import { cxi, cxiReason } from '@rackwright/keys';
import type { RolloutKind } from '@rackwright/manager';

/** The node agents of a CXIDriver, in the order they are rolled out. */
export const components = [
  cxi.component.driverAgent,
  cxi.component.devicePlugin,
  cxi.component.retryHandler,
  cxi.component.metricsExporter,
] as const;

export type Component = (typeof components)[number];

/** Them in the status of a CXIDriver, and what its user can do when they do not run. */
export const cxiRollout: RolloutKind<Component> = {
  agents: [
    {
      component: cxi.component.driverAgent,
      condition: cxi.condition.driverAgentReady,
      failedReason: cxiReason.driverAgentFailed,
      partlyFailedReason: cxiReason.nodesFailed,
      specPath: 'spec.driverAgent',
    },
    {
      component: cxi.component.devicePlugin,
      condition: cxi.condition.devicePluginReady,
      failedReason: cxiReason.devicePluginFailed,
      specPath: 'spec.devicePlugin',
    },
    {
      component: cxi.component.retryHandler,
      condition: cxi.condition.retryHandlerReady,
      failedReason: cxiReason.retryHandlerFailed,
      specPath: 'spec.retryHandler',
    },
    {
      component: cxi.component.metricsExporter,
      condition: cxi.condition.metricsExporterReady,
      failedReason: cxiReason.metricsExporterFailed,
      specPath: 'spec.metricsExporter',
    },
  ],
  noNode: 'no node matches spec.nodeSelector',
  remedies: {
    failedMount: 'see that the node has the folders of a Slingshot host, and that kubelet.rootDir is right',
    unschedulable:
      'make room on the node, or change spec.tolerations, spec.priorityClassName or the resources asked for',
    noPriorityClass: 'make that PriorityClass or change spec.priorityClassName',
  },
};
