import { durationNanos, formatDurationNanos } from './go-duration.ts';
import { formatSize, sizeBytes } from './iec-size.ts';

/**
 * A duration as AIStore writes it, `1m` for `60s`; the text itself if it is none.
 * Idempotent.
 */
export function normalDuration(text: string): string {
  const nanos = durationNanos(text);
  return nanos === undefined ? text : formatDurationNanos(nanos);
}

/**
 * A size as AIStore writes it, `2GiB` for `2048M`; the text itself if it is
 * none, and also where writing it so would lose digits: `1536KiB` stays.
 */
export function normalSize(text: string): string {
  const bytes = sizeBytes(text);
  if (bytes === undefined || text === '') return text;
  const written = formatSize(bytes);
  return sizeBytes(written) === bytes ? written : text;
}

/**
 * Whether a setting with the text `actual`, as a cluster tells it, is what
 * `desired` asks for: the same text, duration or size. A cluster rounds the
 * sizes it tells, so that of `1536KiB` and `2MiB` it cannot be known which one
 * it has; they count as the same.
 */
export function isSameText(desired: string, actual: string): boolean {
  if (desired === actual) return true;
  const [nanos, actualNanos] = [durationNanos(desired), durationNanos(actual)];
  if (nanos !== undefined && actualNanos !== undefined) return nanos === actualNanos;
  const bytes = desired === '' ? undefined : sizeBytes(desired);
  const actualBytes = actual === '' ? undefined : sizeBytes(actual);
  if (bytes === undefined || actualBytes === undefined) return false;
  return bytes === actualBytes || formatSize(bytes) === actual;
}

/** Whether a text stands for nothing: Go leaves such settings out, so that they are absent. */
export function isZeroText(text: string): boolean {
  return text === '' || durationNanos(text) === 0n || sizeBytes(text) === 0n;
}
