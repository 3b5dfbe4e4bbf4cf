/**
 * Whether an unchanged status is due to be written again: after the interval,
 * give or take a fifth. The share depends on the object and on when it was
 * last written, so that the nodes of a cluster that started together drift
 * apart.
 *
 * @param lastCheck time in the stored status; none or nonsense is due
 */
export function heartbeatDue(
  name: string,
  lastCheck: string | undefined,
  now: number,
  intervalMs: number,
): boolean {
  const last = Date.parse(lastCheck ?? '');
  if (Number.isNaN(last)) return true;
  // A stored time from the future, as after a clock was set back, is no reason to fall silent.
  if (last > now + intervalMs) return true;
  return now - last >= intervalMs * (0.8 + 0.4 * fraction(name + lastCheck));
}

/** A number from 0 to 1 that looks random and is the same for the same text (FNV-1a). */
function fraction(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return (hash >>> 0) / 2 ** 32;
}
