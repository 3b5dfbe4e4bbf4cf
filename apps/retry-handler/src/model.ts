import type { CxiDevice } from '@rackwright/hardware-cxi';

/** One moment on both clocks: decisions compare `mono`, people read `wall`. Milliseconds. */
export interface Instant {
  readonly mono: number;
  readonly wall: number;
}

/** What the planner needs to know of a NIC. */
export type NicView = Pick<CxiDevice, 'name' | 'kind' | 'retryHandlerEq' | 'stale'> & {
  readonly devNode: Pick<CxiDevice['devNode'], 'path' | 'present'>;
};

/** What shall happen when a handler dies that had registered with its NIC. */
export interface CrashPolicy {
  /**
   * `markUnhealthy`: no restart, the node needs a reboot, as HPE demands.
   * `restart`: start again with growing waits.
   */
  readonly onCrash: 'markUnhealthy' | 'restart';
  /** Crashes in a row, without ten stable minutes between, after which `restart` gives up; 0 never. */
  readonly maxRestarts: number;
}

/** A process on this machine that cannot be mistaken for a later one with the same pid. */
export interface ProcessId {
  readonly pid: number;
  /** Field 22 of proc_pid_stat(5); absent when it could not be read. */
  readonly startTicks?: number;
}

/** How a process ended; both null when nobody could see it. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
  /** Wall clock, milliseconds. */
  readonly atWall: number;
}

/**
 * Where a NIC's handler is in its life.
 * - `launching`: being prepared and started; there may be a process any moment.
 * - `starting`: a process that has not registered with the NIC yet.
 * - `running`: a process that has.
 * - `stopping`: a process that was told to end.
 * - `ended`: the process ended, or could not be started, and nothing was decided yet.
 * - `external`: somebody else's handler holds the NIC.
 * - `backoff`: started again at `untilMono`.
 * - `waiting`: started as soon as the NIC has its device node.
 * - `failed`: not started again.
 * - `stopped`: ended because we wanted it to.
 */
export type Phase =
  | { readonly kind: 'launching' }
  | { readonly kind: 'starting'; readonly process: ProcessId }
  | { readonly kind: 'running'; readonly process: ProcessId; readonly eq?: number }
  | { readonly kind: 'stopping'; readonly process: ProcessId }
  | {
      readonly kind: 'ended';
      readonly exit?: Exit;
      readonly registered: boolean;
      readonly eq?: number;
      readonly ranMs: number;
    }
  | { readonly kind: 'external' }
  | { readonly kind: 'backoff'; readonly untilMono: number }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'failed' }
  | { readonly kind: 'stopped' };

/** All we know of one NIC's handler. */
export interface HandlerRecord {
  readonly device: string;
  readonly phase: Phase;
  /** When `phase` was entered. */
  readonly since: Instant;
  /** When the newest process was started. */
  readonly startedAt?: Instant;
  /** Starts after the first. */
  readonly restarts: number;
  /** Ends and failed starts in a row, without ten stable minutes between. */
  readonly failures: number;
  readonly rebootRequired: boolean;
  readonly lastExit?: Exit;
  readonly lastError?: string;
}

/** The process of a phase that has one. */
export function processOf(phase: Phase | undefined): ProcessId | undefined {
  return phase !== undefined && 'process' in phase ? phase.process : undefined;
}
