/** Names that are Rackwright's own. */
export const rackwright = {
  /** API group of kinds that belong to no family of hardware. */
  group: 'rackwright.io',
  /** CRD category: `kubectl get hw`. */
  category: 'hw',
  partOf: 'rackwright',
  annotation: {
    /** Digest of what a controller last applied: tells it whether its own wishes changed. */
    appliedHash: 'rackwright.io/applied-hash',
    /** On a CXIDriver: the installation that looks after it, as `namespace/serviceaccount/uid`. */
    operator: 'rackwright.io/operator',
    /** On a pod of a simulated cluster, `true`: its HTTP requests go through the cluster's network. */
    networkProxy: 'rackwright.io/network-proxy',
    /** On webhook configurations: the version of admission-webhook that wrote their entries. */
    webhooksWrittenBy: 'rackwright.io/webhooks-written-by',
  },
  env: {
    /** Stands for the container's `/` when a simulator runs the app without namespaces. */
    sandboxRoot: 'RACKWRIGHT_SANDBOX_ROOT',
    /** Address servers bind to when none is given, in place of a pod's network namespace. */
    sandboxAddress: 'RACKWRIGHT_SANDBOX_ADDRESS',
  },
  /** Metrics every app has (libs/service). */
  metric: {
    buildInfo: 'rackwright_build_info',
    processStart: 'process_start_time_seconds',
    processCpu: 'process_cpu_seconds_total',
    processResident: 'process_resident_memory_bytes',
    processAnonymous: 'process_anonymous_memory_bytes',
    processOpenFiles: 'process_open_fds',
    heapUsed: 'nodejs_heap_size_used_bytes',
    /** Of agents that look at their node. */
    hostUnreadable: 'rackwright_host_unreadable_paths',
  },
  /** Metrics of the control-plane apps' controllers. */
  controllerMetric: {
    reconciles: 'controller_reconcile_total',
    duration: 'controller_reconcile_duration_seconds',
    queueDepth: 'controller_queue_depth',
    retries: 'controller_retries_total',
    cachedObjects: 'controller_cached_objects',
    watchRestarts: 'controller_watch_restarts_total',
    leading: 'leader_election_leading',
  },
  /** Metrics of admission-webhook. */
  admissionMetric: {
    reviews: 'admission_webhook_reviews_total',
    findings: 'admission_webhook_findings_total',
    conversions: 'admission_webhook_conversions_total',
    duration: 'admission_webhook_review_duration_seconds',
    certificateEnd: 'admission_webhook_certificate_not_after_seconds',
  },
  fieldManager: {
    admissionWebhook: 'rackwright-admission-webhook',
  },
  /** Metrics of device plugins; what is about a resource carries the label `resource`. */
  devicePluginMetric: {
    devices: 'device_plugin_devices',
    allocations: 'device_plugin_allocations_total',
    allocatedDevices: 'device_plugin_allocated_devices_total',
    refusals: 'device_plugin_refusals_total',
    registrations: 'device_plugin_registrations_total',
    listUpdates: 'device_plugin_list_updates_total',
    cdiUpdates: 'device_plugin_cdi_updates_total',
    withheld: 'device_plugin_withheld_devices',
  },
  /** Host folder where the agents of one node leave state for each other. */
  stateDir: '/run/rackwright',
} as const;
