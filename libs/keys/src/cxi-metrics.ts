/** Metric names of the CXI family (shared/specs/cxi.md §6). */
export const cxiMetric = {
  deviceLinkState: 'cxi_device_link_state',
  deviceNumaNode: 'cxi_device_numa_node',
  deviceCount: 'cxi_device_count',
  driverLoaded: 'cxi_driver_loaded',
  retryHandlerRunning: 'cxi_retry_handler_running',
  retryHandlerRestarts: 'cxi_retry_handler_restarts_total',
  /** The supervisor's own: NICs by the state of their handler, starts after the first, ends by cause. */
  supervisedHandlers: 'cxi_retry_handler_supervised',
  supervisorRestarts: 'cxi_retry_handler_supervisor_restarts_total',
  supervisorExits: 'cxi_retry_handler_exits_total',
  scrapeErrors: 'cxi_scrape_errors_total',
  lastScrape: 'cxi_last_scrape_timestamp_seconds',
  deviceHealth: 'cxi_device_health_status',
  retry: 'cxi_retry_total',
  retryNack: 'cxi_retry_nack_total',
  retryTimeout: 'cxi_retry_timeout_total',
  deviceInfo: 'cxi_device_info',
  linkSpeed: 'cxi_device_link_speed_bits',
  linkRestarts: 'cxi_link_restarts_total',
  pcieCorrectable: 'cxi_pcie_correctable_errors_total',
  pcieUncorrectable: 'cxi_pcie_uncorrectable_errors_total',
  rgidsAvailable: 'cxi_rgids_available',
  retryHandlerRegistered: 'cxi_retry_handler_registered',
  defaultServiceEnabled: 'cxi_default_service_enabled',
  scrapeSuccess: 'cxi_scrape_success',
  scrapeDuration: 'cxi_scrape_duration_seconds',
  /** Prefix of one metric per file of /run/cxi/cxiN. */
  retryHandlerPrefix: 'cxi_rh_',
  /** Prefix of one metric per telemetry file. */
  telemetryPrefix: 'cxi_telemetry_',
} as const;
