import { type Clock, withDeadline } from '@rackwright/core';
import type { KubeClient } from '@rackwright/kube';
import type { Daemon } from '../process/daemon.ts';

const pollMs = 50;

/** What to wait for, and who could fail meanwhile. */
export interface Readiness {
  readonly client: KubeClient;
  /** Paths that must all answer, in this order. */
  readonly paths: readonly string[];
  /** Programs that must keep running; the last one is what is waited for. */
  readonly daemons: readonly Daemon[];
  readonly deadlineMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
}

/** @throws HwError quoting the log of the program that ended, or of the last one when time is up */
export async function untilReady(options: Readiness): Promise<void> {
  const { clock, deadlineMs, signal, daemons } = options;
  for (const path of options.paths) {
    const wait = (until: AbortSignal): Promise<void> => untilAnswered(options, path, until);
    try {
      await withDeadline(clock, deadlineMs, `waiting for ${path}`, wait, signal);
    } catch (error) {
      const last = daemons.at(-1);
      const ended = daemons.some((daemon) => daemon.exit !== undefined);
      if (signal?.aborted || ended || last === undefined) throw error;
      throw await last.failure(`${path} did not answer within ${deadlineMs} ms`);
    }
  }
}

async function untilAnswered(options: Readiness, path: string, signal: AbortSignal): Promise<void> {
  while (!(await answers(options.client, path, signal))) {
    const ended = options.daemons.find((daemon) => daemon.exit !== undefined);
    if (ended !== undefined) throw await ended.failure('the control plane failed to start');
    await options.clock.sleep(pollMs, signal);
  }
}

async function answers(client: KubeClient, path: string, signal: AbortSignal): Promise<boolean> {
  try {
    await client.request('GET', path, { signal, timeoutMs: 5000 });
    return true;
  } catch {
    return false;
  }
}
