import { ai100 } from './ai100.ts';

/** Names of the AidaptivCache and of what its operator writes (shared/specs/ai100.md). */
export const aidaptivCache = {
  group: ai100.group,
  version: 'v1beta1',
  /** The only name an AidaptivCache may have. */
  name: 'default',
  /** Of the older operator's kind. */
  olderVersion: 'v1alpha1',
  finalizer: 'operators.phison.com/aidaptivcache',
  /** Value of app.kubernetes.io/managed-by on what the operator owns. */
  managedBy: 'aidaptivcache-operator',
  annotation: {
    /** On an AidaptivCache: namespace and name of the PhisonDeviceOperator it is made from. */
    madeFrom: 'operators.phison.com/made-from',
  },
  /** Of what is made from PhisonDeviceOperators. */
  older: {
    /** Value of app.kubernetes.io/managed-by on the AidaptivCache. */
    managedBy: 'phisondeviceoperator',
  },
  /** How exporters report to the operator. */
  handshake: {
    path: '/handshake',
    /** Name of the Service, as of the older operator. */
    service: 'aidaptivcache-service',
    port: 8443,
    /** What the token that is sent with it is good for, and nothing else. */
    audience: 'aidaptivcache-handshake',
    /** Secret with certificate and key of the operator. */
    secret: 'aidaptivcache-handshake',
    /** ConfigMap with what exporters trust, under the key ca.crt. */
    trust: 'aidaptivcache-handshake-ca',
    /** How many silent nodes a status names: no object grows beyond what the API server takes. */
    maxSilent: 100,
  },
  /** Set by administrators to `false`: nothing is rolled out to the node. */
  deployLabel: 'phison.com/ai100.deploy',
  /** On nodes: `healthy`, `degraded` or `unhealthy`. */
  healthLabel: 'phison.com/ai100.health',
  /** Key of the taint of unhealthy nodes. */
  taint: 'phison.com/ai100-unhealthy',
  /** Types of conditions of Nodes; True is a problem. */
  nodeCondition: {
    deviceProblem: 'AI100DeviceProblem',
    cacheUnavailable: 'AI100CacheUnavailable',
  },
  /** Types of conditions of an AidaptivCache beside those of every object. */
  condition: {
    configValid: 'ConfigValid',
    recoverySuspended: 'RecoverySuspended',
    devicePluginReady: 'DevicePluginReady',
    exporterReady: 'ExporterReady',
    /** Every node with drives has healthy ones, and its cache. */
    nodesHealthy: 'NodesHealthy',
    /** Every exporter that shall run has made a handshake lately. */
    exportersReporting: 'ExportersReporting',
    /** False while the CRDs in the cluster lack something of this version; absent otherwise. */
    crdsCurrent: 'CRDsCurrent',
    /** Of a PhisonDeviceOperator: it asks for what nobody does any more. */
    unsupported: 'Unsupported',
    /** Of a PhisonDeviceOperator: the AidaptivCache is made of it. */
    accepted: 'Accepted',
  },
  /** Reasons in conditions. */
  reason: {
    ready: 'Ready',
    valid: 'Valid',
    invalidSpec: 'InvalidSpec',
    deleting: 'Deleting',
    failed: 'Failed',
    drifted: 'ObjectsKeepChanging',
    crdOutdated: 'CRDOutdated',
    devicePluginFailed: 'DevicePluginFailed',
    exporterFailed: 'ExporterFailed',
    unhealthyNodes: 'UnhealthyNodes',
    nodesHealthy: 'NodesHealthy',
    devicesHealthy: 'DevicesHealthy',
    deviceUnhealthy: 'DeviceUnhealthy',
    deviceDegraded: 'DeviceDegraded',
    cacheMounted: 'CacheMounted',
    cacheNotMounted: 'CacheNotMounted',
    silentAgent: 'AgentSilent',
    noReport: 'NoReport',
    exportersReporting: 'ExportersReporting',
    exportersSilent: 'ExportersSilent',
    awaitingHandshakes: 'AwaitingHandshakes',
    manyNodesUnhealthy: 'ManyNodesUnhealthy',
    supported: 'Supported',
    unsupportedPlugin: 'UnsupportedPlugin',
    accepted: 'Accepted',
    noDevicePlugin: 'NoDevicePlugin',
    cacheExists: 'AidaptivCacheExists',
    otherOperator: 'OtherPhisonDeviceOperator',
  },
  /** Reasons of events about an AidaptivCache. */
  event: {
    componentCreated: 'ComponentCreated',
    componentUpdated: 'ComponentUpdated',
    componentDeleted: 'ComponentDeleted',
    rolledOut: 'RolledOut',
    recoverySuspended: 'RecoverySuspended',
    recoveryResumed: 'RecoveryResumed',
    /** Of the handshakes of exporters. */
    exportersSilent: 'ExportersSilent',
    exportersReporting: 'ExportersReporting',
    /** A pod that held a cache whose drives went and came back was asked to go, or could not be. */
    consumerEvicted: 'ConsumerEvicted',
    evictionRefused: 'EvictionRefused',
    /** Another installation looks after it. */
    standingBy: 'StandingBy',
    takenOver: 'TakenOver',
    /** About a PhisonDeviceOperator. */
    notAccepted: 'NotAccepted',
    unsupportedPlugin: 'UnsupportedPlugin',
  },
  fieldManager: {
    operator: 'rackwright-aidaptivcache',
    /** What it writes on Nodes. */
    nodes: 'rackwright-aidaptivcache-nodes',
    /** What PhisonDeviceOperators say. */
    older: 'rackwright-phisondeviceoperator',
  },
} as const;
