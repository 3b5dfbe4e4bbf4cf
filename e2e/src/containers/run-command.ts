import { HwError } from '@rackwright/core';
import type { ProcessRunner } from '@rackwright/host';

/**
 * Runs a command of a container engine and returns what it printed.
 *
 * @throws HwError FailedPrecondition with what it complained about
 */
export async function runCommand(
  argv: readonly [string, ...string[]],
  {
    env,
    runner,
    signal,
  }: { readonly env: NodeJS.ProcessEnv; readonly runner: ProcessRunner; readonly signal: AbortSignal },
): Promise<string> {
  const present = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const outcome = await runner.run(argv, {
    env: Object.fromEntries(present),
    signal,
    deadlineMs: 120_000,
  });
  if (outcome.code === 0) return outcome.stdout;
  throw new HwError('FailedPrecondition', `${argv.slice(0, 2).join(' ')} failed: ${outcome.stderr.trim()}`);
}
