import { readFileSync } from 'node:fs';

/** Memory of one process, in MiB. */
export interface Memory {
  /** Anonymous pages: heap and stacks, shared with nobody. */
  readonly anon: number;
  /** Proportional set size: also its share of the pages it shares with others, such as the node binary. */
  readonly pss: number;
}

/** Reads /proc/PID/status and smaps_rollup (proc_pid_smaps(5)). */
export function memoryOf(pid: number): Memory {
  return {
    anon: kib(readFileSync(`/proc/${pid}/status`, 'utf8'), 'RssAnon') / 1024,
    pss: kib(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'), 'Pss') / 1024,
  };
}

/**
 * The value of a line such as `RssAnon:   17152 kB`.
 *
 * @throws Error if there is no such line
 */
export function kib(text: string, field: string): number {
  const value = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1];
  if (value === undefined) throw new Error(`no ${field}`);
  return Number(value);
}
