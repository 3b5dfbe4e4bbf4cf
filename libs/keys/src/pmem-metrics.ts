/** Metrics of the persistent memory driver, by the names PMEM-CSI gave them. */
export const pmemMetric = {
  buildInfo: 'build_info',
  operations: 'csi_plugin_operations_seconds',
  available: 'pmem_amount_available',
  managed: 'pmem_amount_managed',
  maxVolumeSize: 'pmem_amount_max_volume_size',
  total: 'pmem_amount_total',
  nodes: 'pmem_nodes',
  controllerOperations: 'pmem_csi_controller_operations_seconds',
  nodeOperations: 'pmem_csi_node_operations_seconds',
  /** Ours, from here on. */
  regionUnprepared: 'pmem_region_unprepared',
  volumeAbnormal: 'pmem_volume_abnormal',
  certificateExpiry: 'pmem_csi_certificate_expiry_timestamp_seconds',
  eraseBytes: 'pmem_csi_erase_remaining_bytes',
  eraseVolumes: 'pmem_csi_erase_remaining_volumes',
} as const;
