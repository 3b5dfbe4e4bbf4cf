const traffic = ['rx_paused', 'tx_paused', 'pkts_sent_by_tc', 'pkts_recv_by_tc', 'discard_cntr'];

/**
 * The counters of `device/telemetry` people look at: link quality, traffic and
 * pauses by class, and what the retry handler works on. A NIC has over a
 * thousand more.
 */
export const usefulTelemetry: readonly string[] = [
  'hni_pcs_good_cw',
  'hni_pcs_corrected_cw',
  'hni_pcs_uncorrected_cw',
  'hni_sts_rx_ok_octets',
  'hni_sts_tx_ok_octets',
  'hni_llr_tx_replay_event',
  'hni_llr_rx_replay_event',
  ...traffic.flatMap((name) => Array.from({ length: 8 }, (_, i) => `hni_${name}_${i}`)),
  'pct_no_tct_nacks',
  'pct_no_trs_nacks',
  'pct_no_mst_nacks',
  'pct_bad_seq_nacks',
  'pct_resource_busy',
  'pct_spt_timeouts',
  'pct_sct_timeouts',
  'pct_tct_timeouts',
  'pct_retry_srb_requests',
  'pct_trs_replay_pend_drops',
];

const digit0 = 48;
const digit9 = 57;
const at = 64;
const newline = 10;

/**
 * How many digits the count in a telemetry file's
 * `<uint>@<seconds>.<nanoseconds>` has; 0 for anything else. The digits are
 * taken as they are: 64 bits do not fit a JavaScript number.
 *
 * @param buffer holds the file's content in its first `length` bytes
 */
export function telemetryDigits(buffer: Uint8Array, length: number): number {
  let end = 0;
  while (end < length && isDigit(buffer[end])) end++;
  const next = end < length ? buffer[end] : newline;
  return end <= 20 && (next === at || next === newline) ? end : 0;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= digit0 && byte <= digit9;
}
