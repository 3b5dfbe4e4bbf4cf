import type { Clock } from '@rackwright/core';
import type { HandlerProcess } from './handler-process.ts';

export interface StopOptions {
  readonly clock: Clock;
  /** Time between SIGTERM and SIGKILL, in milliseconds. */
  readonly graceMs: number;
}

/** A killed process may still sit in a system call; longer than this nobody waits for it. */
const KILL_WAIT_MS = 5000;

/** How a stop went. */
export interface StopResult {
  /** Had to be killed: the kernel, not the handler, gave the NIC back. */
  readonly killed: readonly HandlerProcess[];
  /** Did not even end by that. */
  readonly left: readonly HandlerProcess[];
}

/** Asks handlers to hand their NICs back, and kills those that do not within the grace. */
export async function stopHandlers(
  processes: readonly HandlerProcess[],
  { clock, graceMs }: StopOptions,
): Promise<StopResult> {
  for (const process of processes) process.kill('SIGTERM');
  const killed = await stillRunning(processes, clock, graceMs);
  for (const process of killed) process.kill('SIGKILL');
  return { killed, left: await stillRunning(killed, clock, KILL_WAIT_MS) };
}

/** Those that have not ended when the time is up; returns early when all have. */
async function stillRunning(
  processes: readonly HandlerProcess[],
  clock: Clock,
  ms: number,
): Promise<readonly HandlerProcess[]> {
  const running = new Set(processes);
  const { promise, resolve } = Promise.withResolvers<void>();
  if (running.size === 0) resolve();
  using _timer = clock.timer(ms, resolve);
  for (const process of processes) {
    void process.ended.then(
      () => {
        running.delete(process);
        if (running.size === 0) resolve();
      },
      () => undefined,
    );
  }
  await promise;
  return [...running];
}
