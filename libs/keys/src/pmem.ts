/** Names of the persistent memory family (shared/specs/pmem-csi.md). Those of the older driver and operator are kept as they were. */
export const pmem = {
  group: 'pmem-csi.intel.com',
  /** Of PmemCSIDeployment. */
  version: 'v1beta1',
  /** Of Deployment, the first operator's kind. */
  olderVersion: 'v1alpha1',
  /** Name of a driver that nobody named. */
  driverName: 'pmem-csi.intel.com',
  /** Value of app.kubernetes.io/managed-by on what the operator owns. */
  managedBy: 'pmem-csi-operator',
  /** The same on what it owns for a Deployment of the first operator's kind. */
  olderManagedBy: 'pmem-csi-operator-v1alpha1',
  /** Value of app.kubernetes.io/part-of on it. */
  partOf: 'pmem-csi',
  component: {
    /** The app, in the operator's flag for its image. */
    driver: 'pmem-csi-driver',
  },
  /** DNS names in the certificates by which controller and nodes know each other. */
  tlsName: {
    registry: 'pmem-registry',
    nodeController: 'pmem-node-controller',
  },
  /** Values of app.kubernetes.io/component. */
  part: {
    controller: 'controller',
    node: 'node',
    nodeSetup: 'node-setup',
  },
  label: {
    /** On a pod, `ignore`: older webhooks pass it over. */
    webhook: 'pmem-csi.intel.com/webhook',
    /** Of a Node, behind the name of a driver and a slash; the value `force` has its raw namespaces converted. */
    convertRawNamespaces: 'convert-raw-namespaces',
  },
  /** Namespaces of the driver for its volume groups are called so. */
  namespaceName: 'pmem-csi',
  /** Tag of logical volumes, before the name of the driver that made them. */
  volumeTag: 'pmem-csi.intel.com/driver=',
  annotation: {
    /** On a pod, `containers`: those with a port named metrics are scraped. */
    scrape: 'pmem-csi.intel.com/scrape',
  },
  /** Types of conditions of a PmemCSIDeployment beside those of every object. */
  condition: {
    driverDeployed: 'DriverDeployed',
    controllerReady: 'ControllerReady',
    nodeReady: 'NodeReady',
    nodeSetupReady: 'NodeSetupReady',
    configValid: 'ConfigValid',
    /** False while another driver has the same names or, of persistent memory, the same nodes. */
    conflictFree: 'ConflictFree',
    /** Of Deployments only: whether a handshake with the certificates succeeded, and whether the pods have them. */
    certsVerified: 'CertsVerified',
    certsReady: 'CertsReady',
    /** False while the CRDs in the cluster lack something of this version; absent otherwise. */
    crdsCurrent: 'CRDsCurrent',
  },
  /** Reasons in conditions. */
  reason: {
    ready: 'Ready',
    deployed: 'Deployed',
    valid: 'Valid',
    invalidSpec: 'InvalidSpec',
    nameTaken: 'NameTaken',
    noConflict: 'NoConflict',
    nameShared: 'NameShared',
    nodesShared: 'NodesShared',
    formerElsewhere: 'ObjectsElsewhere',
    unsafeChange: 'UnsafeChange',
    certificatesMade: 'MakingCertificates',
    certificatesRefused: 'CertificatesRefused',
    certificatesVerified: 'HandshakeSucceeded',
    certificatesReady: 'CertificatesReady',
    deleting: 'Deleting',
    failed: 'Failed',
    drifted: 'ObjectsKeepChanging',
    crdOutdated: 'CRDOutdated',
    controllerFailed: 'ControllerFailed',
    nodeFailed: 'NodeFailed',
    nodeSetupFailed: 'NodeSetupFailed',
    notStarted: 'NotStarted',
  },
  /** Phases of a deployment. */
  phase: {
    initializing: 'Initializing',
    running: 'Running',
    failed: 'Failed',
  },
  /** Reasons of events about a deployment. */
  event: {
    newDeployment: 'NewDeployment',
    running: 'Running',
    failed: 'Failed',
    /** Another driver has its names or its nodes. */
    conflict: 'Conflict',
    /** Another installation looks after it. */
    standingBy: 'StandingBy',
    takenOver: 'TakenOver',
  },
  fieldManager: {
    operator: 'rackwright-pmem-csi-operator',
  },
} as const;
