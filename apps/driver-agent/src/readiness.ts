import { formatDuration } from '@rackwright/core';
import type { CheckResult } from '@rackwright/service';
import type { DriverState } from './driver/verify.ts';
import type { PublicationOutcome } from './publish/publisher.ts';

/** An API server that is away for a moment is no reason to be unready. */
const GRACE_MS = 120_000;

/** Ready while the driver is. */
export function driverReadiness(driver: DriverState | undefined): CheckResult {
  if (driver === undefined) return { ok: false, message: 'not verified yet' };
  return { ok: driver.ready, message: driver.message };
}

/** Ready once the state was published, and until that fails for two minutes. */
export function publicationReadiness(outcome: PublicationOutcome | undefined, nowMs: number): CheckResult {
  if (outcome === undefined) return { ok: false, message: 'nothing was published yet' };
  if (outcome.ok) return { ok: true };
  const message = outcome.message ?? 'cannot publish';
  const age = outcome.succeededAt === undefined ? undefined : nowMs - outcome.succeededAt;
  if (age === undefined) return { ok: false, message };
  return {
    ok: age < GRACE_MS,
    message: `last published ${formatDuration(Math.round(age / 1000) * 1000)} ago: ${message}`,
  };
}

/** Alive while the publisher's loop goes round: no call of it may take for ever. */
export function publisherLiveness(
  outcome: PublicationOutcome | undefined,
  startedAtMs: number,
  nowMs: number,
  pollIntervalMs: number,
): CheckResult {
  const idleMs = nowMs - (outcome?.at ?? startedAtMs);
  const limitMs = Math.max(600_000, 10 * pollIntervalMs);
  return idleMs < limitMs ? { ok: true } : { ok: false, message: `stuck for ${formatDuration(idleMs)}` };
}
