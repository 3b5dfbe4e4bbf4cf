import { connect } from 'node:net';
import { type Clock, withDeadline } from '@rackwright/core';
import type { KubeClient } from '@rackwright/kube';
import type { Daemon } from '../process/daemon.ts';

const pollMs = 20;

/** Whom to wait for, and who could fail meanwhile. */
export interface Readiness {
  /** Programs that must keep running; the last one is what is waited for. */
  readonly daemons: readonly Daemon[];
  readonly deadlineMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
}

/**
 * Waits until `check` holds.
 *
 * @param what is waited for, as in "… did not come within 60000 ms"
 * @throws HwError quoting the log of the program that ended, or of the last one when time is up
 */
export async function untilReady(
  what: string,
  check: (signal: AbortSignal) => Promise<boolean>,
  options: Readiness,
): Promise<void> {
  const { clock, deadlineMs, signal, daemons } = options;
  const wait = async (until: AbortSignal): Promise<void> => {
    while (!(await check(until))) {
      const ended = daemons.find((daemon) => daemon.exit !== undefined);
      if (ended !== undefined) throw await ended.failure('the control plane failed to start');
      await clock.sleep(pollMs, until);
    }
  };
  try {
    await withDeadline(clock, deadlineMs, `waiting for ${what}`, wait, signal);
  } catch (error) {
    const last = daemons.at(-1);
    const ended = daemons.some((daemon) => daemon.exit !== undefined);
    if (signal?.aborted || ended || last === undefined) throw error;
    throw await last.failure(`${what} did not come within ${deadlineMs} ms`);
  }
}

/** True when the API server answers `path`. */
export async function answers(client: KubeClient, path: string, signal: AbortSignal): Promise<boolean> {
  try {
    await client.request('GET', path, { signal, timeoutMs: 5000 });
    return true;
  } catch {
    return false;
  }
}

/** True when somebody listens on loopback port `port`. */
export function listens(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ port, host: '127.0.0.1' });
  socket.once('connect', () => {
    socket.destroy();
    resolve(true);
  });
  socket.once('error', () => resolve(false));
  return promise;
}
