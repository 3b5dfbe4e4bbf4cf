import { type Clock, errorMessage } from '@rackwright/core';
import type { KubeClient } from '@rackwright/kube';
import { type RackwrightInstallation, type SimulatedCluster, waitUntil } from '@rackwright/testbed';

/** What the checks look at. */
export interface Checked {
  readonly cluster: SimulatedCluster;
  readonly kube: KubeClient;
  readonly installation: RackwrightInstallation;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly progress: (line: string) => void;
}

/** One thing the demo shows to work. */
export interface Check {
  /** What a user sees, without a full stop. */
  readonly what: string;
  /** Resolves with what was seen; throws with what was seen instead. */
  run(checked: Checked): Promise<string>;
}

/** Runs the checks in order, printing each; returns how many failed. */
export async function runChecks(checks: readonly Check[], checked: Checked): Promise<number> {
  let failures = 0;
  for (const check of checks) {
    checked.signal.throwIfAborted();
    try {
      checked.progress(`✓ ${check.what}: ${await check.run(checked)}`);
    } catch (error) {
      checked.signal.throwIfAborted();
      failures += 1;
      checked.progress(`✗ ${check.what}: ${errorMessage(error)}`);
    }
  }
  return failures;
}

/** Waits up to a minute for what `look` returns. */
export function until<T>(
  { clock, signal }: Checked,
  what: string,
  look: () => Promise<T | undefined | false>,
): Promise<T> {
  return waitUntil(what, look, { clock, signal, deadlineMs: 60_000 });
}
