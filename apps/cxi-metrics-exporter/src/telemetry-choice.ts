import { follows } from '@rackwright/core';
import { usefulTelemetry } from '@rackwright/hardware-cxi';

/** Which telemetry files are exported: all there are, or those of a set. */
export type TelemetryChoice = 'all' | ReadonlySet<string>;

/** True for file names that can become part of a metric name. */
export function isTelemetryName(name: string): boolean {
  return follows('telemetryName', name);
}

/**
 * What `--telemetry` asks for: `all`, `none`, or names, among which `default`
 * stands for the useful ones. The option has refused everything else.
 */
export function telemetryChoice(words: readonly string[]): TelemetryChoice {
  if (words.includes('all')) return 'all';
  if (words.includes('none')) return new Set();
  return new Set(words.flatMap((word) => (word === 'default' ? usefulTelemetry : [word])));
}
