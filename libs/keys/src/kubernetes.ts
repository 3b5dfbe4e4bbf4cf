/** Names that belong to Kubernetes itself. */
export const kubernetes = {
  label: {
    name: 'app.kubernetes.io/name',
    instance: 'app.kubernetes.io/instance',
    component: 'app.kubernetes.io/component',
    partOf: 'app.kubernetes.io/part-of',
    managedBy: 'app.kubernetes.io/managed-by',
    hostname: 'kubernetes.io/hostname',
    os: 'kubernetes.io/os',
    arch: 'kubernetes.io/arch',
    /** Service an EndpointSlice belongs to. */
    serviceName: 'kubernetes.io/service-name',
    /** Template a pod of a DaemonSet was made from. */
    revision: 'controller-revision-hash',
  },
  annotation: {
    prometheusScrape: 'prometheus.io/scrape',
    prometheusPort: 'prometheus.io/port',
    prometheusPath: 'prometheus.io/path',
    /** Container that `kubectl logs` and `kubectl exec` take when none is named. */
    defaultContainer: 'kubectl.kubernetes.io/default-container',
    /** On a claim: the node the scheduler wants its volume on. */
    selectedNode: 'volume.kubernetes.io/selected-node',
    /** On a volume: who made it and takes it away again. */
    provisionedBy: 'pv.kubernetes.io/provisioned-by',
    /** On a Node: what its CSI drivers call it, as JSON by driver. */
    nodeId: 'csi.volume.kubernetes.io/nodeid',
    /** On a StorageClass, `true`: claims that name none get it. */
    defaultClass: 'storageclass.kubernetes.io/is-default-class',
  },
  finalizer: {
    /** A Service whose load balancer is not taken away yet. */
    loadBalancer: 'service.kubernetes.io/load-balancer-cleanup',
  },
  /**
   * Labels of nodes that have no kubelet of their own, with the values that say
   * so; without values the label itself does. Virtual Kubelet and AKS virtual
   * nodes, kwok, Admiralty, EKS Fargate, Liqo.
   */
  virtualNodeLabels: {
    type: ['virtual-kubelet', 'kwok'],
    'virtual-kubelet.io/provider': [],
    'eks.amazonaws.com/compute-type': ['fargate'],
    'liqo.io/type': ['virtual-node'],
  },
  /** Reasons of events by which Kubernetes' controllers tell of pods they could not make. */
  event: {
    failedCreate: 'FailedCreate',
    /** Of controllers for load balancers (k8s.io/cloud-provider). */
    loadBalancerEnsured: 'EnsuredLoadBalancer',
    loadBalancerFailed: 'SyncLoadBalancerFailed',
    /** Of provisioners for volumes. */
    provisioned: 'ProvisioningSucceeded',
    provisioningFailed: 'ProvisioningFailed',
    volumeFailedDelete: 'VolumeFailedDelete',
  },
  /** Conditions of a pod, and reasons in them. */
  podCondition: {
    scheduled: 'PodScheduled',
    unschedulable: 'Unschedulable',
    ready: 'Ready',
  },
} as const;

/** Condition types every object we own carries (sigs.k8s.io/cli-utils kstatus). */
export const conditionType = {
  ready: 'Ready',
  reconciling: 'Reconciling',
  stalled: 'Stalled',
  available: 'Available',
  progressing: 'Progressing',
  degraded: 'Degraded',
} as const;
