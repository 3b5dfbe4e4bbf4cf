import { type TreeEntry, valueFile } from '../host/tree.ts';
import type { NicFunction } from './nic.ts';

const eight = [0, 1, 2, 3, 4, 5, 6, 7];
const perClass = [
  'hni_rx_paused',
  'hni_tx_paused',
  'hni_pkts_sent_by_tc',
  'hni_pkts_recv_by_tc',
  'hni_discard_cntr',
];

/** The counters people look at (cxi.md §9.2); a real NIC has over a thousand more. */
export const usefulTelemetry: readonly string[] = [
  'hni_pcs_good_cw',
  'hni_pcs_corrected_cw',
  'hni_pcs_uncorrected_cw',
  'hni_sts_rx_ok_octets',
  'hni_sts_tx_ok_octets',
  'hni_llr_tx_replay_event',
  'hni_llr_rx_replay_event',
  ...perClass.flatMap((name) => eight.map((i) => `${name}_${i}`)),
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

/** Names of the telemetry files of a function that shows `count` of them. */
export function telemetryNames(count: number = usefulTelemetry.length): string[] {
  const names = usefulTelemetry.slice(0, count);
  for (let i = names.length; i < count; i++) names.push(`lpe_event_cntr_${i}`);
  return names;
}

/** How much a counter grows per second of healthy traffic. */
export function telemetryRate(name: string): number {
  if (name === 'hni_pcs_good_cw') return 39_065_776;
  if (name.endsWith('_octets')) return 1_250_000;
  if (name.includes('by_tc_0')) return 900;
  return name === 'hni_pcs_corrected_cw' ? 3 : 0;
}

/** `<uint>@<sec>.<9-digit nsec>`, the form of every telemetry file. */
export function telemetryValue(value: number, atMs: number): string {
  const nanos = Math.round((atMs % 1000) * 1e6);
  return `${value}@${Math.floor(atMs / 1000)}.${String(nanos).padStart(9, '0')}`;
}

/** device/telemetry as after one minute of traffic. */
export function telemetryTree(nic: NicFunction, nowMs: number): TreeEntry[] {
  return telemetryNames(nic.spec.telemetryFiles).map((name) =>
    valueFile(`${nic.folder}/telemetry/${name}`, telemetryValue(60 * telemetryRate(name), nowMs)),
  );
}
