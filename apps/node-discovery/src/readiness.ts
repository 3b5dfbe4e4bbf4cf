import { formatDuration } from '@rackwright/core';
import type { CheckResult } from '@rackwright/service';
import type { PublicationOutcome } from './publish/publisher.ts';

/** An API server that is away for a moment is no reason to be unready. */
const graceMs = 120_000;

/** Ready once the labels were published, and until that fails for two minutes. */
export function publicationReadiness(outcome: PublicationOutcome | undefined, nowMs: number): CheckResult {
  if (outcome === undefined) return { ok: false, message: 'nothing was published yet' };
  if (outcome.ok) return { ok: true };
  const message = outcome.message ?? 'cannot publish';
  if (outcome.succeededAt === undefined) return { ok: false, message };
  const ageMs = nowMs - outcome.succeededAt;
  return {
    ok: ageMs < graceMs,
    message: `last published ${formatDuration(Math.round(ageMs / 1000) * 1000)} ago: ${message}`,
  };
}

/** Alive while the publisher's loop goes round: no wait of it is longer than its interval or five minutes. */
export function publisherLiveness(
  outcome: PublicationOutcome | undefined,
  startedAtMs: number,
  nowMs: number,
  intervalMs: number,
): CheckResult {
  const idleMs = nowMs - (outcome?.at ?? startedAtMs);
  return idleMs < Math.max(1_200_000, 10 * intervalMs)
    ? { ok: true }
    : { ok: false, message: `stuck for ${formatDuration(idleMs)}` };
}
