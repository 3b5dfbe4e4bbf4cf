/** Reasons of the events the CXI apps emit; each is also a metric label value. */
export const cxiEvent = {
  activated: 'Activated',
  ignored: 'Ignored',
  componentCreated: 'ComponentCreated',
  componentUpdated: 'ComponentUpdated',
  componentDeleted: 'ComponentDeleted',
  rolledOut: 'RolledOut',
  sourceUnsupported: 'SourceUnsupported',
  invalidSpec: 'InvalidSpec',
  deviceAdded: 'DeviceAdded',
  deviceRemoved: 'DeviceRemoved',
  deviceUnhealthy: 'DeviceUnhealthy',
  deviceHealthy: 'DeviceHealthy',
  driverNotReady: 'DriverNotReady',
  driverReady: 'DriverReady',
  retryHandlerDied: 'RetryHandlerDied',
} as const;
