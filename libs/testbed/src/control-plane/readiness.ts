import { type Clock, withDeadline } from '@rackwright/core';
import { apiRequest } from './api-request.ts';
import type { KubeConnection } from './connection.ts';
import type { Daemon } from './daemon.ts';

const pollMs = 50;

/** What to wait for, and who could fail meanwhile. */
export interface Readiness {
  readonly connection: KubeConnection;
  /** Paths that must all answer 200, in this order. */
  readonly paths: readonly string[];
  /** Programs that must keep running. */
  readonly daemons: readonly Daemon[];
  readonly deadlineMs: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

/** @throws HwError quoting the log of the program that ended, or of the last one when time is up */
export async function untilReady(options: Readiness): Promise<void> {
  for (const path of options.paths) {
    await withDeadline(
      options.clock,
      options.deadlineMs,
      `waiting for ${path}`,
      (signal) => untilAnswered(options, path, signal),
      options.signal,
    ).catch(async (error: unknown) => {
      const last = options.daemons.at(-1);
      if (options.signal?.aborted || last === undefined || last.exit !== undefined) throw error;
      throw await last.failure(`${path} did not become ready within ${options.deadlineMs} ms`);
    });
  }
}

async function untilAnswered(options: Readiness, path: string, signal: AbortSignal): Promise<void> {
  while (!(await answers(options.connection, path, signal))) {
    signal.throwIfAborted();
    const ended = options.daemons.find((daemon) => daemon.exit !== undefined);
    if (ended !== undefined) throw await ended.failure('the control plane failed to start');
    await options.clock.sleep(pollMs, signal);
  }
}

async function answers(connection: KubeConnection, path: string, signal: AbortSignal): Promise<boolean> {
  try {
    return (await apiRequest(connection, 'GET', path, { signal })).status === 200;
  } catch {
    return false;
  }
}
