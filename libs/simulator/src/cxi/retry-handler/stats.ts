import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { HandlerConfig } from './config.ts';

/** Counters in the root of the stats mount. */
export const statCounters: readonly string[] = [
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

/** Gauges in the root of the stats mount. */
export const statGauges: readonly string[] = [
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

const configFiles = [
  'max_fabric_packet_age',
  'max_spt_retries',
  'max_no_matching_conn_retries',
  'max_resource_busy_retries',
  'max_trs_pend_rsp_retries',
  'max_batch_size',
  'initial_batch_size',
  'backoff_multiplier',
  'nack_backoff_start',
  'tct_wait_time',
  'pause_wait_time',
  'cancel_spt_wait_time',
  'peer_tct_free_wait_time',
  'down_nid_wait_time',
];

/** The files the real handler mounts with FUSE, written as plain ones into a folder that must exist. */
export class StatsFiles {
  readonly #folder: string;
  readonly #scratch: string;
  readonly #values = new Map<string, number>();

  /** @param scratch path for a temporary file, on the same file system */
  constructor(folder: string, scratch: string) {
    this.#folder = folder;
    this.#scratch = scratch;
  }

  /** Creates all files; throws if the folder is missing. */
  mount(nid: number, config: HandlerConfig, configFile: string): void {
    if (!statSync(this.#folder).isDirectory()) throw new Error(`${this.#folder} is not a folder`);
    for (const name of [...statCounters, ...statGauges]) this.#set(name, name === 'nid_value' ? nid : 0);
    this.#write('reset_counters', '');
    mkdirSync(`${this.#folder}/config`, { recursive: true });
    this.#write('config/config_file_path', `${configFile}\n`);
    this.#write('config/log_increment', '0\n');
    for (const name of configFiles)
      this.#write(`config/${name}`, `${Math.trunc(config.numbers[name] ?? 0)}\n`);
  }

  /** A little of what a busy fabric does: one timeout and, every third step, one nack. */
  step(count: number): void {
    for (const name of ['spt_timeouts', 'spt_timeouts_o']) this.#set(name, (this.#values.get(name) ?? 0) + 1);
    if (count % 3 !== 0) return;
    for (const name of ['nacks', 'nack_resource_busy']) this.#set(name, (this.#values.get(name) ?? 0) + 1);
  }

  /** The counters as one line each, for the log. */
  dump(): string[] {
    return [...this.#values].map(([name, value]) => `${name} ${value}`);
  }

  /** Removes all files; a folder that is gone is fine. */
  unmount(): void {
    if (statSync(this.#folder, { throwIfNoEntry: false }) === undefined) return;
    for (const name of readdirSync(this.#folder))
      rmSync(`${this.#folder}/${name}`, { recursive: true, force: true });
  }

  #set(name: string, value: number): void {
    this.#values.set(name, value);
    this.#write(name, `${value}\n`);
  }

  #write(name: string, content: string): void {
    writeFileSync(this.#scratch, content);
    renameSync(this.#scratch, `${this.#folder}/${name}`);
  }
}
