import { HwError } from '@rackwright/core';
import { usefulTelemetry } from '@rackwright/hardware-cxi';

/** Which telemetry files are exported: all there are, or those of a set. */
export type TelemetryChoice = 'all' | ReadonlySet<string>;

const namePattern = /^[a-zA-Z0-9_]{1,128}$/;

/** True for file names that can become part of a metric name. */
export function isTelemetryName(name: string): boolean {
  return namePattern.test(name);
}

/**
 * Reads `--telemetry`: `all`, `none`, or names, among which `default` stands
 * for the useful ones.
 *
 * @throws HwError InvalidArgument with the field `--telemetry`
 */
export function telemetryChoice(words: readonly string[]): TelemetryChoice {
  for (const alone of ['all', 'none']) {
    if (!words.includes(alone)) continue;
    if (words.length > 1) throw wrong(`${alone} stands alone`);
    return alone === 'all' ? 'all' : new Set();
  }
  const odd = words.find((word) => !isTelemetryName(word));
  if (odd !== undefined) throw wrong(`${JSON.stringify(odd)} is not the name of a telemetry file`);
  return new Set(words.flatMap((word) => (word === 'default' ? usefulTelemetry : [word])));
}

function wrong(what: string): HwError {
  return new HwError('InvalidArgument', `--telemetry: ${what}`, {
    field: '--telemetry',
    remedy: 'use all, none, default, or names of files in device/telemetry',
  });
}
