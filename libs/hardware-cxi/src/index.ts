export type { CxiDevice, CxiDeviceNode, LinkState } from './device.ts';
export { cxiDevices } from './devices.ts';
export { type CxiDiff, diffDevices } from './diff.ts';
export {
  type DeviceHealth,
  evaluateHealth,
  type HealthObservations,
  isUsable,
  nothingObserved,
  outOfServiceReason,
} from './health.ts';
export { HealthWatch, type HealthWatchOptions } from './health-watch.ts';
export { type KnownSnapshot, withLastKnown } from './last-known.ts';
export { loadedModules } from './modules.ts';
export {
  type DeviceVerdict,
  evaluateNode,
  type NodeHealth,
  type NodeObservations,
  settlingReason,
} from './node-health.ts';
export {
  formatOutOfService,
  isOutOfService,
  OutOfServiceReader,
  outOfServicePath,
  parseOutOfService,
} from './out-of-service.ts';
export { maxNid } from './parse.ts';
export { slingshotAddresses, slingshotPciIds } from './pci-bus.ts';
export {
  formatRetryHandlerState,
  parseRetryHandlerState,
  type RetryHandlerEntry,
  type RetryHandlerState,
  retryHandlerStatePath,
} from './retry-handler-state.ts';
export {
  entriesByDevice,
  RetryHandlerStateReader,
  type SeenRetryHandlers,
} from './retry-handler-state-reader.ts';
export {
  retryHandlerConfigPath,
  retryHandlerCounters,
  retryHandlerGauges,
  retryHandlerStatsFolder,
} from './retry-handler-stats.ts';
export {
  type RetryHandlerReading,
  type RetryHandlerStatsOptions,
  RetryHandlerStatsReader,
} from './retry-handler-stats-reader.ts';
export { maxCxiDevices, type ScanOptions, scanCxi } from './scan.ts';
export { CxiScanner, type CxiScannerOptions } from './scanner.ts';
export type { CxiFact, CxiSnapshot, RawCxiDevice, RawDeviceNode } from './snapshot.ts';
export type { CxiLook } from './snapshot-reader.ts';
export { defaultSwitchIdMask, switchId } from './switch-id.ts';
export { telemetryDigits, usefulTelemetry } from './telemetry.ts';
