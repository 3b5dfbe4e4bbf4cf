import { HwError } from '@rackwright/core';
import type { ProcessRunner, RunOptions } from '@rackwright/host';

const buildDeadlineMs = 600_000;

/**
 * Runs one command of a tool and returns what it printed.
 *
 * @throws HwError FailedPrecondition with the end of what it complained about
 */
export async function runTool(
  runner: ProcessRunner,
  argv: readonly [string, ...string[]],
  options: RunOptions = {},
): Promise<string> {
  const outcome = await runner.run(argv, { deadlineMs: buildDeadlineMs, ...options });
  if (outcome.code === 0) return outcome.stdout;
  const said = `${outcome.stdout}\n${outcome.stderr}`.trim().split('\n').slice(-20).join('\n');
  throw new HwError('FailedPrecondition', `${argv.slice(0, 2).join(' ')} failed:\n${said}`);
}

/** The words every tool takes for a build. */
export function buildWords(
  {
    dockerfile,
    context,
    args,
  }: { dockerfile: string; context: string; args: Readonly<Record<string, string>> },
  tag: string,
): string[] {
  const given = Object.entries(args).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`]);
  return ['--tag', tag, '--file', dockerfile, ...given, context];
}

/** An environment for a program that is started. */
export function presentIn(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
