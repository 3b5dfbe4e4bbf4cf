import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import type { Clock } from '@rackwright/core';
import { removeCgroups } from './cgroups.ts';

/** Set for a process that runs inside; its value is the name of the enclosure. */
const mark = 'RACKWRIGHT_ENCLOSURE';

/** How the program is started again, inside. */
export interface EnclosureOptions {
  /** Node flags, script and arguments; default those of this process. */
  readonly argv?: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
}

/** Name of the enclosure this process runs in, or undefined outside. */
export function enclosureName(env: NodeJS.ProcessEnv): string | undefined {
  return env[mark];
}

/**
 * Runs this program again with mounts, network and processes of its own, and
 * resolves with its exit code. Whatever it starts, mounts or configures goes
 * when it ends, however it ends: the kernel kills every process of the
 * enclosure with its first one, and the mounts and interfaces with the last.
 * Control groups are the exception; what is left of them is removed here.
 */
export async function runEnclosed({ argv, env, clock }: EnclosureOptions): Promise<number> {
  const name = `rackwright-${process.pid}`;
  const words = argv ?? [...process.execArgv, ...process.argv.slice(1)];
  const namespaces = ['--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const child = spawn(
    'unshare',
    [...namespaces, '--propagation', 'private', '--', process.execPath, ...words],
    { stdio: 'inherit', env: { ...env, [mark]: name } },
  );
  // The terminal's Ctrl-C reaches the program inside by itself; we stay to clean up after it.
  const ignore = (): void => undefined;
  const pass = (): void => void child.kill('SIGTERM');
  process.on('SIGINT', ignore);
  process.on('SIGTERM', pass);
  process.on('SIGHUP', pass);
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  } finally {
    process.off('SIGINT', ignore);
    process.off('SIGTERM', pass);
    process.off('SIGHUP', pass);
    await removeCgroups(name, clock);
  }
}
