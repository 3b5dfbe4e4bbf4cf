import type { ChildProcess } from 'node:child_process';
import type { Clock } from '@rackwright/core';
import { ifReadable } from '@rackwright/host';
import type { Exit, ProcessId } from './model.ts';
import type { OutputLog } from './output-log.ts';
import { isAlive, type ProcessTable } from './proc.ts';

/** A cxi_rh we answer for. */
export interface HandlerProcess {
  readonly id: ProcessId;
  /** Resolves once the process has ended. */
  readonly ended: Promise<Exit>;
  /** The newest line it wrote, empty if unknown. */
  readonly lastLine: string;
  /** Sends a signal; a process that is gone is fine. */
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
}

/**
 * How long the last words of a handler are waited for, in milliseconds: what it
 * started may keep its pipes open for ever.
 */
const DRAIN_MS = 200;

/** A handler that is a child of this process. */
export class ChildHandler implements HandlerProcess {
  readonly id: ProcessId;
  readonly ended: Promise<Exit>;
  readonly #child: ChildProcess;
  readonly #output: OutputLog;

  constructor(child: ChildProcess, id: ProcessId, output: OutputLog, clock: Clock) {
    this.#child = child;
    this.#output = output;
    this.id = id;
    const { promise, resolve } = Promise.withResolvers<Exit>();
    child.once('exit', (code, signal) => {
      const exit = { code, signal, atWall: clock.now() };
      const timer = clock.timer(DRAIN_MS, () => resolve(exit));
      child.once('close', () => {
        timer[Symbol.dispose]();
        resolve(exit);
      });
    });
    this.ended = promise;
  }

  get lastLine(): string {
    return this.#output.lastLine;
  }

  kill(signal: 'SIGTERM' | 'SIGKILL'): void {
    this.#child.kill(signal);
  }
}

/** How often a handler that is nobody's child here is looked at, in milliseconds. */
const LOOK_MS = 250;

/** A handler an earlier supervisor started; how it ends nobody can see. */
export class AdoptedHandler implements HandlerProcess {
  readonly id: ProcessId;
  readonly ended: Promise<Exit>;
  readonly lastLine = '';
  readonly #table: ProcessTable;

  constructor(id: ProcessId, table: ProcessTable, clock: Clock, signal: AbortSignal) {
    this.id = id;
    this.#table = table;
    this.ended = this.#watch(clock, signal);
  }

  kill(signal: 'SIGTERM' | 'SIGKILL'): void {
    try {
      if (isAlive(this.#table, this.id)) process.kill(this.id.pid, signal);
    } catch {
      // It ended between the look and the signal, or nobody can tell whether the pid is still its own.
    }
  }

  async #watch(clock: Clock, signal: AbortSignal): Promise<Exit> {
    const mayLive = (): boolean => ifReadable(true, () => isAlive(this.#table, this.id));
    while (mayLive()) await clock.sleep(LOOK_MS, signal);
    return { code: null, signal: null, atWall: clock.now() };
  }
}
