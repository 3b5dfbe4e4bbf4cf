import type { Latest } from '@rackwright/core';
import type { CheckResult, HealthChecks } from '@rackwright/service';
import { isServed, publicState } from './entries.ts';
import type { HandlerRecord } from './model.ts';

/** What the checks look at. */
export interface CheckedParts {
  readonly supervisor: {
    readonly idleMs: number;
    readonly problem?: string | undefined;
    readonly records: Latest<readonly HandlerRecord[]>;
  };
  readonly scanned: Latest<boolean>;
  /** Why the state file could not be written. */
  readonly stateProblem: () => string | undefined;
}

/** A loop that has not turned for this long hangs, in milliseconds. */
const HUNG_MS = 60_000;

/**
 * Liveness asks only whether this process works: a restart of the container
 * would kill healthy handlers. Readiness tells whether every NIC is served.
 */
export function addChecks(health: HealthChecks, parts: CheckedParts): void {
  const { supervisor, scanned, stateProblem } = parts;
  health.addLiveness('supervisor', () => turning(supervisor.idleMs));
  health.addReadiness('nics', () =>
    scanned.value ? { ok: true } : { ok: false, message: 'not looked for yet' },
  );
  health.addReadiness('handlers', () =>
    supervisor.problem === undefined
      ? handlersCheck(supervisor.records.value)
      : { ok: false, message: supervisor.problem },
  );
  health.addReadiness('state-file', () => {
    const message = stateProblem();
    return message === undefined ? { ok: true } : { ok: false, message };
  });
}

/** Ready when every physical NIC has a handler, ours or somebody else's. */
export function handlersCheck(records: readonly HandlerRecord[]): CheckResult {
  const missing = records.filter((record) => !isServed(record));
  if (missing.length === 0) return { ok: true, message: `${records.length} NICs served` };
  const message = missing
    .map(
      (record) =>
        `${record.device} ${publicState(record)}${record.lastError ? ` (${record.lastError})` : ''}`,
    )
    .join(', ');
  return { ok: false, message };
}

function turning(idleMs: number): CheckResult {
  if (idleMs < HUNG_MS) return { ok: true };
  return { ok: false, message: `the loop has not turned for ${Math.round(idleMs / 1000)} s` };
}
