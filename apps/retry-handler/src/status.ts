import { isServed, publicState } from './entries.ts';
import { type HandlerRecord, processOf } from './model.ts';
import type { HandlerStats } from './stats.ts';

/** One NIC in `/status`. The first four fields and `healthy` are those of older supervisors. */
export interface HandlerStatus {
  readonly device: string;
  /** The NIC is served, by our handler or somebody else's. */
  readonly running: boolean;
  /** 0 without a process of ours. */
  readonly pid: number;
  readonly restarts: number;
  readonly state: string;
  readonly startedAt?: string;
  readonly lastError?: string;
  readonly rebootRequired: boolean;
  readonly stats?: HandlerStats;
}

export interface Status {
  readonly handlers: readonly HandlerStatus[];
  /** Every NIC is served. */
  readonly healthy: boolean;
}

/** The answer of `/status`. */
export function status(records: readonly HandlerRecord[], stats: ReadonlyMap<string, HandlerStats>): Status {
  return {
    handlers: records.map((record) => {
      const found = stats.get(record.device);
      return {
        device: record.device,
        running: isServed(record),
        pid: processOf(record.phase)?.pid ?? 0,
        restarts: record.restarts,
        state: publicState(record),
        ...(record.startedAt !== undefined && { startedAt: new Date(record.startedAt.wall).toISOString() }),
        ...(record.lastError !== undefined && { lastError: record.lastError }),
        rebootRequired: record.rebootRequired,
        ...(found !== undefined && { stats: found }),
      };
    }),
    healthy: records.every(isServed),
  };
}
