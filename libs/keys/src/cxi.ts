/** Names of the CXI family (shared/specs/cxi.md). Those of older systems are kept as they were. */
export const cxi = {
  group: 'cxi.hpe.com',
  version: 'v1',
  finalizer: 'cxi.hpe.com/finalizer',
  resource: {
    /** Extended resource of physical and shared NICs. */
    cxi: 'hpe.com/cxi',
    /** The name HPE's own device plugin used. */
    legacy: 'beta.hpe.com/cxi',
    /** Virtual functions. */
    vf: 'hpe.com/cxi-vf',
  },
  cdiKind: 'hpe.com/cxi',
  label: {
    node: 'slingshot.hpe.com/node',
    device: 'slingshot.hpe.com/device',
    present: 'slingshot.hpe.com/cxi-present',
    deviceCount: 'slingshot.hpe.com/device-count',
    nicPresent: 'slingshot.hpe.com/nic.present',
    /** On Nodes that must be rebooted before their NICs can be trusted again; absent on others. */
    rebootRequired: 'slingshot.hpe.com/reboot-required',
    /** Label of one device's switch id on its Node. */
    switchId: (device: string): string => `slingshot.hpe.com/${device}-switch-id`,
  },
  annotation: {
    injectNetworks: 'slingshot.hpe.com/inject-networks',
  },
  nodeCondition: {
    rebootRequired: 'SlingshotRebootRequired',
  },
  /** Value of app.kubernetes.io/managed-by on what the operator owns. */
  managedBy: 'slingshot-operator',
  /** Lease of the older operator: while one of the two leads, the other waits. */
  leaderElectionLease: 'bf7f9b28.hpe.com',
  singletonConfigMap: 'cxidriver-singleton',
  singletonKey: 'active-driver',
  component: {
    driverAgent: 'driver-agent',
    devicePlugin: 'device-plugin',
    retryHandler: 'retry-handler',
    metricsExporter: 'metrics-exporter',
  },
  condition: {
    driverAgentReady: 'DriverAgentReady',
    devicePluginReady: 'DevicePluginReady',
    retryHandlerReady: 'RetryHandlerReady',
    metricsExporterReady: 'MetricsExporterReady',
    /** False while the CRDs in the cluster lack something of this version; absent otherwise. */
    crdsCurrent: 'CRDsCurrent',
  },
  env: {
    device: 'CXI_DEVICE',
    devices: 'CXI_DEVICES',
    deviceCount: 'CXI_DEVICE_COUNT',
    fabricDevice: 'FI_CXI_DEVICE_NAME',
  },
  /** Kernel modules a working NIC needs, in load order (shs-cxi-driver). */
  modules: ['cxi_sbl', 'cxi_sl', 'cxi_ss1', 'cxi_user', 'cxi_eth'],
  fieldManager: {
    operator: 'rackwright-cxidriver',
    driverAgent: 'rackwright-driver-agent',
  },
} as const;
