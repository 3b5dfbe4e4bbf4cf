import { readFileSync } from 'node:fs';
import type { Refusal } from './args.ts';
import { type ConfigValue, parseLibconfig } from './libconfig.ts';

interface NumberSetting {
  readonly initial: number;
  readonly min?: number;
  readonly max?: number;
}

/** Number settings of /etc/cxi_rh.conf with their defaults and ranges (cxi.md §9.5). */
const numberSettings: Readonly<Record<string, NumberSetting>> = {
  max_fabric_packet_age: { initial: 0 },
  unorder_pkt_min_retry_delay: { initial: 2_000_000 },
  max_spt_retries: { initial: 4, max: 7 },
  max_no_matching_conn_retries: { initial: 12 },
  max_resource_busy_retries: { initial: 10 },
  max_trs_pend_rsp_retries: { initial: 10, max: 20 },
  max_sct_close_retries: { initial: 0, max: 7 },
  max_batch_size: { initial: 4, max: 64 },
  initial_batch_size: { initial: 4 },
  nack_backoff_start: { initial: 3 },
  backoff_multiplier: { initial: 2, min: 1, max: 10 },
  allowed_retry_time_percent: { initial: 90 },
  tct_wait_time: { initial: 5 },
  pause_wait_time: { initial: 0.1 },
  cancel_spt_wait_time: { initial: 1 },
  peer_tct_free_wait_time: { initial: 5 },
  down_nid_wait_time: { initial: 136 },
  down_nid_spt_timeout_epoch: { initial: 0 },
  down_nid_get_packets_inflight: { initial: 0 },
  down_nid_put_packets_inflight: { initial: 0 },
  down_switch_nid_count: { initial: 3 },
  down_nid_pkt_count: { initial: 2 },
  switch_id_mask: { initial: 0xfffc0 },
  spt_timeout_epoch: { initial: 0 },
  sct_idle_epoch: { initial: 0 },
  sct_close_epoch: { initial: 0 },
  tct_timeout_epoch: { initial: 0 },
  sct_stable_wait_time: { initial: 0.1 },
};

/** What the handler runs with. */
export interface HandlerConfig {
  readonly numbers: Readonly<Record<string, number>>;
  readonly statsDir: string;
}

/** Reads the file; a missing one means defaults, anything wrong in it is a refusal. */
export function loadHandlerConfig(path: string): HandlerConfig | Refusal {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') text = '';
    else return { refused: `${path}: cannot be read` };
  }
  const parsed = parseLibconfig(text);
  if (!('settings' in parsed)) return { refused: `${path}:${parsed.line} - ${parsed.reason}` };
  return checkHandlerConfig(parsed.settings, path);
}

/** Checks types and ranges; settings nobody knows are ignored. */
export function checkHandlerConfig(
  settings: Readonly<Record<string, ConfigValue>>,
  path: string,
): HandlerConfig | Refusal {
  const numbers: Record<string, number> = {};
  for (const [name, { initial, min = 0, max = Number.MAX_SAFE_INTEGER }] of Object.entries(numberSettings)) {
    const value = settings[name] ?? initial;
    if (typeof value !== 'number') return { refused: `${path}: ${name} is not a number` };
    if (!(value >= min && value <= max)) return { refused: `${path}: ${name} ${value} is out of range` };
    numbers[name] = value;
  }
  const intervals = settings.retry_intervals;
  if (intervals !== undefined && !isIntervals(intervals, numbers.max_spt_retries ?? 0)) {
    return { refused: `${path}: retry_intervals must have max_spt_retries entries` };
  }
  const statsDir = settings.rh_stats_dir ?? '/run/cxi';
  if (typeof statsDir !== 'string') return { refused: `${path}: rh_stats_dir is not a string` };
  return { numbers, statsDir };
}

function isIntervals(value: ConfigValue, entries: number): boolean {
  return (
    Array.isArray(value) && value.length === entries && value.every((entry) => typeof entry === 'number')
  );
}
