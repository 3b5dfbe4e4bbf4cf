import { cxi, cxiReason } from '@rackwright/keys';

/** The node agents of a CXIDriver, in the order they are rolled out. */
export const components = [
  cxi.component.driverAgent,
  cxi.component.devicePlugin,
  cxi.component.retryHandler,
  cxi.component.metricsExporter,
] as const;

export type Component = (typeof components)[number];

/** Condition of each component, and the reason of Degraded when it fails. */
export const componentCondition: Readonly<
  Record<Component, { readonly ready: string; readonly failed: string }>
> = {
  [cxi.component.driverAgent]: { ready: cxi.condition.driverAgentReady, failed: cxiReason.driverAgentFailed },
  [cxi.component.devicePlugin]: {
    ready: cxi.condition.devicePluginReady,
    failed: cxiReason.devicePluginFailed,
  },
  [cxi.component.retryHandler]: {
    ready: cxi.condition.retryHandlerReady,
    failed: cxiReason.retryHandlerFailed,
  },
  [cxi.component.metricsExporter]: {
    ready: cxi.condition.metricsExporterReady,
    failed: cxiReason.metricsExporterFailed,
  },
};

/** Where the spec of a CXIDriver speaks of each component. */
export const specBlock = {
  [cxi.component.driverAgent]: 'driverAgent',
  [cxi.component.devicePlugin]: 'devicePlugin',
  [cxi.component.retryHandler]: 'retryHandler',
  [cxi.component.metricsExporter]: 'metricsExporter',
} as const satisfies Readonly<Record<Component, string>>;
