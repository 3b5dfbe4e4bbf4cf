import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Clock, HwError } from '@rackwright/core';
import { SystemProcessRunner } from '@rackwright/host';

/** Folder of the checkout. */
export const workspaceRoot = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** How apps are built. */
export interface BuildOptions {
  readonly clock: Clock;
  readonly env: NodeJS.ProcessEnv;
  readonly progress: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Set to 1 it says that everything in `dist` was built from this checkout. Nx
 * writes even what is up to date anew, and of two runs beside each other one
 * would take away the files the other starts.
 */
const built = 'RACKWRIGHT_BUILT';

/**
 * Builds every app's bundle, unless `RACKWRIGHT_BUILT` is 1.
 *
 * @throws HwError FailedPrecondition with what the build printed
 */
export async function buildApps(options: BuildOptions): Promise<void> {
  await runTarget('build', 'the apps', 300_000, options);
}

/**
 * Builds the images of every app and of the test environment, unless `RACKWRIGHT_BUILT` is 1.
 *
 * @returns the folder of the OCI archives
 * @throws HwError FailedPrecondition with what the build printed
 */
export async function buildImages(options: BuildOptions): Promise<string> {
  await runTarget('container', 'the images', 600_000, options);
  return join(workspaceRoot, 'dist/images');
}

async function runTarget(
  target: string,
  what: string,
  deadlineMs: number,
  options: BuildOptions,
): Promise<void> {
  const { clock, env, signal, progress } = options;
  if (env[built] === '1') {
    progress(`taking ${what} as they are in dist: ${built} is 1`);
    return;
  }
  progress(`building ${what}`);
  const present = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const outcome = await new SystemProcessRunner(clock).run(
    [
      ...([process.execPath, join(workspaceRoot, 'node_modules/.bin/nx')] as const),
      ...['run-many', '-t', target, '--outputStyle=static'],
    ],
    {
      cwd: workspaceRoot,
      deadlineMs,
      env: { ...Object.fromEntries(present), NX_DAEMON: 'false', NX_TUI: 'false' },
      ...(signal === undefined ? {} : { signal }),
    },
  );
  if (outcome.code === 0) return;
  throw new HwError(
    'FailedPrecondition',
    `nx run-many -t ${target} failed:\n${outcome.stdout}${outcome.stderr}`,
  );
}
