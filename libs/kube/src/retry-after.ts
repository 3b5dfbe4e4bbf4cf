import { formatDuration } from '@rackwright/core';

/** Longest wait that a server, or failures of it, may cause. */
export const maxServerWaitMs = 30_000;

/** Weekday first, as in all three forms of an HTTP date (RFC 9110 §5.6.7). */
const httpDate = /^(mon|tue|wed|thu|fri|sat|sun)[a-z]*,? /i;

/**
 * Milliseconds a Retry-After header asks to wait: seconds, or a date that is
 * compared with `nowMs` (RFC 9110 §10.2.3). Undefined for what is neither.
 * Not bounded; see `boundWait`.
 */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const at = httpDate.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

/** A wait the server asked for, within what we are willing to wait; undefined for what is no wait. */
export function boundWait(ms: unknown): number | undefined {
  if (typeof ms !== 'number' || Number.isNaN(ms)) return undefined;
  return Math.min(Math.max(ms, 0), maxServerWaitMs);
}

/** Says that a wish of the server is not kept to; empty when it is. */
export function cutNote(askedMs: number | undefined): string {
  if (askedMs === undefined || !(askedMs > maxServerWaitMs)) return '';
  const asked = askedMs < 365 * 86_400_000 ? formatDuration(askedMs) : 'more than a year';
  return ` (asks to wait ${asked}, cut to ${formatDuration(maxServerWaitMs)})`;
}
