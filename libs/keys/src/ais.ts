/** Names of the AIStore family (shared/specs/ais.md). Those of the older operator are kept as they were. */
export const ais = {
  group: 'ais.nvidia.com',
  /** Of AIStore, as it is stored. */
  version: 'v1beta1',
  /** Of AIStore, as the first operator had it. */
  olderVersion: 'v1alpha1',
  /** Of AIStoreAuth and AIStoreAuthProfile. */
  authGroup: 'auth.ais.nvidia.com',
  authVersion: 'v1alpha1',
  finalizer: 'finalize.ais',
  authFinalizer: 'auth.ais.nvidia.com/finalizer',
  /** Lease that the leader among the replicas of the operator holds. */
  lease: '60c23797.nvidia.com',
  /** Value of app.kubernetes.io/managed-by on what the operator owns. */
  managedBy: 'ais-operator',
  /** Values of app.kubernetes.io/component on pods. */
  role: {
    proxy: 'proxy',
    target: 'target',
    client: 'client',
  },
  /** Labels beside those of Kubernetes. */
  label: {
    /** Name of the cluster, on pods and Services. */
    app: 'app',
    /** `proxy` or `target`, on pods. */
    component: 'component',
    /** On the pods of a StatefulSet, written by Kubernetes: the name of the pod. */
    podName: 'statefulset.kubernetes.io/pod-name',
    /** On nodes, with the name of a cluster as value: what the chart ais-cluster selects by default. */
    proxyNode: 'nvidia.com/ais-proxy',
    targetNode: 'nvidia.com/ais-target',
  },
  /** Values of app.kubernetes.io/component on Services. */
  service: {
    proxy: 'proxy-svc',
    proxyLoadBalancer: 'proxy-lb',
    target: 'target-svc',
    targetLoadBalancer: 'target-lb',
  },
  annotation: {
    /** On an AIStore, by the older operator: digest of the configuration it sent last. */
    configHash: 'config.aistore.nvidia.com/hash',
    /** On an AIStore, by the older operator, and on pods: digest of what takes a restart. */
    restartHash: 'config.aistore.nvidia.com/restart-hash',
    /** On the global ConfigMap of a cluster: the pod of the target whose node is being drained. */
    draining: 'ais.nvidia.com/draining',
    /** On pods: digest of which versions of the Secrets and ConfigMaps of users they were started with. */
    credentials: 'ais.nvidia.com/credentials-version',
    /** On the pods of AIStoreAuth: digest of authn.json. */
    authConfigChecksum: 'auth.ais.nvidia.com/config-checksum',
    /** On pods: networks beside that of the cluster (Multus). */
    networks: 'k8s.v1.cni.cncf.io/networks',
    /** On an AIStore: what its version cannot say of what was written in the other one, as JSON. */
    conversion: {
      v1alpha1: 'ais.nvidia.com/v1alpha1-fields',
      v1beta1: 'ais.nvidia.com/v1beta1-fields',
    },
  },
  /** Types of conditions of an AIStore beside those of every object. */
  condition: {
    initialized: 'Initialized',
    created: 'Created',
    ready: 'Ready',
    /** Anything but True keeps rebalance off in the configuration of the cluster. */
    readyRebalance: 'ReadyRebalance',
    /** False while the CRDs in the cluster lack something of this version; absent otherwise. */
    crdsCurrent: 'CRDsCurrent',
  },
  /** Reasons in conditions; a condition that is True has its type as the reason. */
  reason: {
    upgrading: 'Upgrading',
    scaling: 'Scaling',
    shutdown: 'Shutdown',
    invalidSpec: 'InvalidSpec',
    /** Another AIStore has a folder of the nodes for its own. */
    folderTaken: 'FolderTaken',
    deleting: 'Deleting',
    failed: 'Failed',
    crdOutdated: 'CRDOutdated',
    /** AIStore does not answer, or says that it is not ready. */
    clusterNotReady: 'ClusterNotReady',
    /** The cluster map lacks nodes, or nodes in it are in maintenance. */
    nodesMissing: 'NodesMissing',
    /** The API of AIStore took no configuration, login or membership change. */
    configRejected: 'ConfigRejected',
    unauthorized: 'Unauthorized',
    loadBalancerPending: 'LoadBalancerPending',
    rebalancing: 'Rebalancing',
    /** A target makes way, as its node is being drained. */
    nodeDrained: 'NodeDrained',
    podsNotReady: 'PodsNotReady',
    unschedulable: 'Unschedulable',
    referenceMissing: 'ReferenceMissing',
    /** The operator has no token that the cluster takes. */
    loginFailed: 'LoginFailed',
    /** Of AIStoreAuth. */
    available: 'Available',
    reconcileFailed: 'ReconcileFailed',
    deploymentUnavailable: 'DeploymentUnavailable',
    progressDeadlineExceeded: 'ProgressDeadlineExceeded',
    cleanupFailed: 'CleanupFailed',
  },
  /** Values of `.status.state` of an AIStore, in the order of a life. */
  state: {
    initialized: 'Initialized',
    initializingLoadBalancer: 'InitializingLoadBalancerService',
    pendingLoadBalancer: 'PendingLoadBalancerService',
    created: 'Created',
    ready: 'Ready',
    upgrading: 'Upgrading',
    shuttingDown: 'ShuttingDown',
    shutdown: 'Shutdown',
    decommissioning: 'Decommissioning',
    cleaningResources: 'CleaningResources',
    hostCleanup: 'HostCleanup',
    finalized: 'Finalized',
  },
  /** Reasons of events. */
  event: {
    initialized: 'Initialized',
    waiting: 'Waiting',
    created: 'Created',
    ready: 'Ready',
    updated: 'CRUpdated',
    shutdownCompleted: 'ShutdownCompleted',
    deleted: 'CRDeleted',
    decommissionCompleted: 'DecommissionCompleted',
    failed: 'Failed',
  },
  /** Actions of events. */
  action: {
    initExternalService: 'InitExternalService',
    initProxies: 'InitProxies',
    initTargets: 'InitTargets',
    create: 'Create',
    reconciled: 'Reconciled',
    startShutdown: 'StartShutdown',
    finishShutdown: 'FinishShutdown',
    decommissioning: 'Decommissioning',
    delete: 'Delete',
  },
  /** Name of the controller in events. */
  eventController: 'ais-controller',
  fieldManager: {
    operator: 'ais-operator',
  },
  /** Keys in Secrets and ConfigMaps that users write. */
  key: {
    /** Secret of AuthN: user and password of the administrator. */
    adminUser: 'SU-NAME',
    adminPassword: 'SU-PASS',
    /** Secret with the key that signs tokens. */
    signingKey: 'SIGNING-KEY',
    /** Secret with the passphrase of the RSA keys of AuthN. */
    rsaPassphrase: 'RSA-PASSPHRASE',
    /** ConfigMap with the authorities of OIDC issuers. */
    issuerCa: 'ca.crt',
    /** ConfigMap with the authorities that the admin client trusts. */
    trustBundle: 'trust-bundle.pem',
  },
} as const;
