/** Names only the driver-agent uses. */
export const driverAgent = {
  /** Conditions of a CXIDevice beside Ready. */
  deviceCondition: {
    linkUp: 'LinkUp',
    retryHandlerRunning: 'RetryHandlerRunning',
    /** Everything the driver should say about the NIC could be read. */
    inspected: 'Inspected',
  },
  /** Reasons of these conditions; RetryHandlerRunning also has the states of the retry handler. */
  conditionReason: {
    linkUp: 'LinkUp',
    linkDown: 'LinkDown',
    linkUnknown: 'LinkUnknown',
    external: 'External',
    notRegistered: 'NotRegistered',
    rebootRequired: 'RebootRequired',
    complete: 'Complete',
    incomplete: 'Incomplete',
  },
  /** Why the driver is or is not ready; also reasons in `/status`. */
  driverReason: {
    ready: 'DriverReady',
    noNic: 'NoNic',
    sourceUnsupported: 'SourceUnsupported',
    moduleMissing: 'ModuleMissing',
    classMissing: 'ClassMissing',
    nicNotReady: 'NicNotReady',
    /** The host could not be read so far. */
    hostUnreadable: 'HostUnreadable',
  },
  /** Health reasons of a CXIDevice beside those of libs/hardware-cxi. */
  healthReason: {
    /** The NIC vanished from the host. */
    missing: 'DeviceMissing',
    /** Nobody looks at the NIC any more; the operator says so. */
    agentSilent: 'AgentSilent',
  },
  /** Reasons of the node condition SlingshotRebootRequired. */
  rebootReason: {
    required: 'RetryHandlerDied',
    notRequired: 'NoRebootRequired',
  },
  metric: {
    driverReady: 'cxi_driver_agent_driver_ready',
    devices: 'cxi_driver_agent_devices',
    outOfService: 'cxi_driver_agent_out_of_service_devices',
    publications: 'cxi_driver_agent_publications_total',
    writes: 'cxi_driver_agent_writes_total',
    lastPublication: 'cxi_driver_agent_last_publication_timestamp_seconds',
  },
} as const;
