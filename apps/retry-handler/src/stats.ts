import type { RetryHandlerStatsReader } from '@rackwright/hardware-cxi';

/** Values by file name. */
export type HandlerStats = Readonly<Record<string, number>>;

/** Longest time for the statistics of all NICs, in milliseconds. */
const readMs = 2000;

/** The statistics of those NICs that have any, and whose handler answers. */
export async function readStats(
  reader: RetryHandlerStatsReader,
  devices: readonly string[],
): Promise<ReadonlyMap<string, HandlerStats>> {
  const { values } = await reader.read(devices, readMs);
  const all = new Map<string, HandlerStats>();
  for (const [device, files] of values) {
    const numbers = [...files].map(([name, digits]) => [name, Number(digits)] as const);
    const safe = numbers.filter(([, value]) => Number.isSafeInteger(value));
    if (safe.length > 0) all.set(device, Object.fromEntries(safe));
  }
  return all;
}
