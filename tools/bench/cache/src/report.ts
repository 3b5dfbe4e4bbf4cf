import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** What one cache cost. */
export interface CacheCost {
  readonly objects: number;
  readonly syncMs: number;
  /** Private memory after three quiet seconds, MiB. */
  readonly anonMiB: number;
  /** Highest resident memory on the way, MiB. */
  readonly peakMiB: number;
}

/** Prints this process's cost as one JSON line and ends it. */
export async function report(objects: number, syncMs: number): Promise<void> {
  await delay(3000);
  const status = await readFile('/proc/self/status', 'utf8');
  const mebibytes = (key: string): number =>
    Number(new RegExp(`${key}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
  const cost: CacheCost = { objects, syncMs, anonMiB: mebibytes('RssAnon'), peakMiB: mebibytes('VmHWM') };
  console.log(JSON.stringify(cost));
  process.exit(0);
}
