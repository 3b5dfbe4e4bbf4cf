/** Metrics of the AIStore operator about clusters. */
export const aisMetric = {
  state: 'ais_operator_cluster_state',
  ready: 'ais_operator_cluster_ready',
  nodesDesired: 'ais_operator_nodes_desired',
  nodesReady: 'ais_operator_nodes_ready',
  nodesInMaintenance: 'ais_operator_nodes_in_maintenance',
  nodesDecommissioning: 'ais_operator_nodes_decommissioning',
  rebalanceRunning: 'ais_operator_rebalance_running',
  rebalanceAborted: 'ais_operator_rebalance_aborted',
  configDiffers: 'ais_operator_config_differs',
  configRefused: 'ais_operator_config_refused',
  lastLook: 'ais_operator_last_good_look_timestamp_seconds',
  calls: 'ais_operator_calls_total',
} as const;

/** Metrics of AIStore's own nodes that alerts and the dashboard of the operator's chart use. */
export const aisNodeMetric = {
  /** Sum of the conditions of a target, as bits (cos/node_state.go). */
  targetFlags: 'ais_target_state_flags',
  proxyFlags: 'ais_proxy_state_flags',
  diskUtilisation: 'ais_target_disk_util',
  checksumErrors: 'ais_target_err_put_cksum_count',
  gets: 'ais_target_get_count',
  puts: 'ais_target_put_count',
  getRetries: 'ais_target_ratelim_retry_get_count',
  putRetries: 'ais_target_ratelim_retry_put_count',
} as const;
