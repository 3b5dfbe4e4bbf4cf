import { rolloutReason } from './rollout-reasons.ts';

/** Reasons in the conditions of a CXIDriver. Those of the older operator are kept as they were. */
export const cxiReason = {
  ...rolloutReason,
  ignored: 'Ignored',
  anotherDriverActive: 'AnotherCXIDriverActive',
  /** Retry handlers died on some nodes, which must be rebooted. */
  rebootRequired: 'RebootRequired',
  driverAgentFailed: 'DriverAgentFailed',
  devicePluginFailed: 'DevicePluginFailed',
  retryHandlerFailed: 'RetryHandlerFailed',
  metricsExporterFailed: 'MetricsExporterFailed',
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
