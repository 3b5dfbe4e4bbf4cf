/** Words the kubelet writes into events and statuses (k8s.io/kubernetes pkg/kubelet/events); users search for them. */
export const kubelet = {
  event: {
    starting: 'Starting',
    pulled: 'Pulled',
    created: 'Created',
    started: 'Started',
    killing: 'Killing',
    backOff: 'BackOff',
    failed: 'Failed',
    unhealthy: 'Unhealthy',
    failedMount: 'FailedMount',
    failedPostStart: 'FailedPostStartHook',
    failedPreStop: 'FailedPreStopHook',
    unexpectedAdmissionError: 'UnexpectedAdmissionError',
    topologyAffinityError: 'TopologyAffinityError',
    failedSandbox: 'FailedCreatePodSandBox',
    deadlineExceeded: 'DeadlineExceeded',
    nodeReady: 'NodeReady',
  },
  waiting: {
    containerCreating: 'ContainerCreating',
    podInitializing: 'PodInitializing',
    errImagePull: 'ErrImagePull',
    errImageNeverPull: 'ErrImageNeverPull',
    invalidImageName: 'InvalidImageName',
    imagePullBackOff: 'ImagePullBackOff',
    createConfigError: 'CreateContainerConfigError',
    createError: 'CreateContainerError',
    runError: 'RunContainerError',
    crashLoop: 'CrashLoopBackOff',
    postStartHookError: 'PostStartHookError',
  },
  terminated: {
    completed: 'Completed',
    error: 'Error',
    startError: 'StartError',
    oomKilled: 'OOMKilled',
    unknown: 'ContainerStatusUnknown',
  },
  /** Where plugins' sockets are, below the kubelet's --root-dir. */
  devicePlugins: 'device-plugins',
  /** Most bytes of --root-dir: what unix sockets allow (107), less that folder and the shortest name of a plugin's socket. */
  maxRootDir: 54,
  nodeLeaseNamespace: 'kube-node-lease',
  /** Container annotations that name CDI devices. */
  cdiAnnotationPrefix: 'cdi.k8s.io/',
} as const;
