/**
 * Files of the retry handler's statistics mount `/run/cxi/cxiN` that only grow
 * while the handler runs (shs-libcxi retry_handler/fuse.c).
 */
export const retryHandlerCounters: readonly string[] = [
  'spt_timeouts',
  'spt_timeouts_u',
  'spt_timeouts_o',
  'connections_cancelled',
  'pkts_cancelled_u',
  'pkts_cancelled_o',
  'cancel_no_matching_conn',
  'cancel_resource_busy',
  'cancel_trs_pend_rsp',
  'cancel_tct_closed',
  'nacks',
  'nack_no_target_trs',
  'nack_no_target_mst',
  'nack_no_target_conn',
  'nack_no_matching_conn',
  'nack_resource_busy',
  'nack_trs_pend_rsp',
  'nack_sequence_error',
  'sct_timeouts',
  'tct_timeouts',
  'accel_close_complete',
  'ignored_sct_timeouts',
  'rh_sct_status_change',
];

/** Files of the same mount that hold a current value. */
export const retryHandlerGauges: readonly string[] = [
  'srb_in_use',
  'spt_in_use',
  'smt_in_use',
  'sct_in_use',
  'trs_in_use',
  'mst_in_use',
  'tct_in_use',
  'nid_value',
  'nid_tree_count',
  'switch_tree_count',
  'parked_nids',
  'parked_switches',
  'max_nid_tree_count',
  'max_switch_tree_count',
  'max_parked_nids',
  'max_parked_switches',
];

/** File of the same mount with the path of the configuration the handler runs with. */
export const retryHandlerConfigPath = 'config/config_file_path';

/** Host folder of the statistics of one NIC. */
export function retryHandlerStatsFolder(device: string): string {
  return `/run/cxi/${device}`;
}
