/** Reasons in the conditions of a CXIDriver. Those of the older operator are kept as they were. */
export const cxiReason = {
  ready: 'Ready',
  waitingForPods: 'WaitingForPods',
  ignored: 'Ignored',
  anotherDriverActive: 'AnotherCXIDriverActive',
  nodesFailed: 'NodesFailed',
  /** Retry handlers died on some nodes, which must be rebooted. */
  rebootRequired: 'RebootRequired',
  driverAgentFailed: 'DriverAgentFailed',
  devicePluginFailed: 'DevicePluginFailed',
  retryHandlerFailed: 'RetryHandlerFailed',
  metricsExporterFailed: 'MetricsExporterFailed',
  /** A component's own condition, when it failed. */
  failed: 'Failed',
  rollingOut: 'RollingOut',
  /** A component whose pods were ready and are not any more; nothing rolls. */
  podsNotReady: 'PodsNotReady',
  /** Somebody changes what the operator applies. */
  drifted: 'Drifted',
  waitingForCleanup: 'WaitingForCleanup',
  deleting: 'Deleting',
  invalidSpec: 'InvalidSpec',
  /** The CRDs in the cluster are those of an older version. */
  crdOutdated: 'CRDOutdated',
  sourceUnsupported: 'SourceUnsupported',
  retryHandlerModeUnsupported: 'RetryHandlerModeUnsupported',
  imageNotAllowed: 'ImageNotAllowed',
} as const;
