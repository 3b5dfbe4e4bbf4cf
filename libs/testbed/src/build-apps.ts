import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Clock, HwError } from '@rackwright/core';
import { SystemProcessRunner } from '@rackwright/host';

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** How apps are built. */
export interface BuildOptions {
  readonly clock: Clock;
  readonly env: NodeJS.ProcessEnv;
  readonly progress: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Builds every app's bundle; Nx leaves alone what is up to date.
 *
 * @throws HwError FailedPrecondition with what the build printed
 */
export async function buildApps({ clock, env, progress, signal }: BuildOptions): Promise<void> {
  progress('building the apps');
  const present = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const outcome = await new SystemProcessRunner(clock).run(
    [process.execPath, join(root, 'node_modules/.bin/nx'), 'run-many', '-t', 'build', '--outputStyle=static'],
    {
      cwd: root,
      deadlineMs: 300_000,
      env: { ...Object.fromEntries(present), NX_DAEMON: 'false', NX_TUI: 'false' },
      ...(signal === undefined ? {} : { signal }),
    },
  );
  if (outcome.code === 0) return;
  throw new HwError('FailedPrecondition', `building the apps failed:\n${outcome.stdout}${outcome.stderr}`);
}
