import { type Clock, errorMessage, type Logger } from '@rackwright/core';
import type { RetryHandlerEntry } from '@rackwright/hardware-cxi';
import { exitReason } from './exit-reason.ts';
import { AdoptedHandler, type HandlerProcess } from './handler-process.ts';
import type { Launcher } from './launcher.ts';
import type { CrashPolicy, Exit, HandlerRecord, Instant } from './model.ts';
import type { Action } from './plan.ts';
import type { ProcessTable } from './proc.ts';
import { readopt } from './re-adoption.ts';
import type { StatsMounts } from './stats-mount.ts';
import { stopHandlers } from './stop.ts';
import { afterAction, afterExit, afterFailedLaunch, afterLaunch } from './transition.ts';

export interface ProcessPoolParts {
  readonly launcher: Launcher;
  readonly mounts: StatsMounts;
  readonly table: ProcessTable;
  /** How long a handler may take to end after SIGTERM, in milliseconds. */
  readonly stopGraceMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A handler ended, as told or not. */
  readonly onExit: (device: string, exit: Exit, expected: boolean) => void;
}

/** The processes of the retry handlers, and what is recorded of each NIC. */
export class ProcessPool {
  readonly #parts: ProcessPoolParts;
  readonly #records = new Map<string, HandlerRecord>();
  readonly #processes = new Map<string, HandlerProcess>();

  constructor(parts: ProcessPoolParts) {
    this.#parts = parts;
  }

  get records(): readonly HandlerRecord[] {
    return [...this.#records.values()];
  }

  /** NICs with a process of ours. */
  get busy(): readonly string[] {
    return [...this.#processes.keys()];
  }

  /** Takes over what an earlier supervisor left; watching its processes ends with `signal`. */
  readopt(entries: readonly RetryHandlerEntry[], policy: CrashPolicy, signal: AbortSignal): void {
    const { table, clock, logger } = this.#parts;
    for (const record of readopt({ entries, policy, table, now: this.#now() })) {
      this.#records.set(record.device, record);
      if (!('process' in record.phase)) continue;
      const process = new AdoptedHandler(record.phase.process, table, clock, signal);
      logger.info('retry handler taken over', { device: record.device, pid: process.id.pid });
      this.#watch(record.device, process);
    }
  }

  /** Notes a step before it is carried out. */
  remember(action: Action): void {
    const after = afterAction(this.#records.get(action.device), action, this.#now());
    if (after === undefined) this.#records.delete(action.device);
    else this.#records.set(action.device, after);
    this.#tell(action);
  }

  /** Carries out a step; failures are remembered, not thrown. */
  async execute({ type, device }: Action): Promise<void> {
    if (type === 'start') await this.#launch(device);
    if (type === 'stop') void this.#stop([device]);
    if (type === 'forget') await this.#tolerate(device, this.#parts.mounts.remove(device));
  }

  /** Stops every handler: SIGTERM, the grace, SIGKILL. */
  async stopAll(): Promise<void> {
    const devices = this.busy;
    for (const device of devices) this.remember({ type: 'stop', device });
    await this.#stop(devices);
  }

  async #launch(device: string): Promise<void> {
    const { launcher, logger } = this.#parts;
    try {
      const process = await launcher.launch(device);
      this.#update(device, (record) => afterLaunch(record, process.id, this.#now()));
      logger.info('retry handler started', { device, pid: process.id.pid });
      this.#watch(device, process);
    } catch (error) {
      logger.warn('retry handler not started', { device, error: errorMessage(error) });
      this.#update(device, (record) => afterFailedLaunch(record, errorMessage(error), this.#now()));
    }
  }

  #watch(device: string, process: HandlerProcess): void {
    this.#processes.set(device, process);
    void process.ended.then(
      (exit) => this.#ended(device, process, exit),
      // Watching a handler that was taken over ends with this supervisor.
      () => undefined,
    );
  }

  #ended(device: string, process: HandlerProcess, exit: Exit): void {
    this.#processes.delete(device);
    const expected = this.#records.get(device)?.phase.kind === 'stopping';
    const how = exit.signal ?? exit.code ?? 'unknown';
    const reason = exitReason(exit, process.lastLine);
    this.#parts.logger[expected ? 'info' : 'warn']('retry handler ended', { device, exit: how, expected });
    this.#update(device, (record) => afterExit(record, exit, reason, this.#now()));
    this.#parts.onExit(device, exit, expected);
  }

  /** A handler that had to be killed leaves its mount behind. */
  async #stop(devices: readonly string[]): Promise<void> {
    const { clock, stopGraceMs, logger, mounts } = this.#parts;
    const processes = new Map(
      devices.flatMap((device) => {
        const process = this.#processes.get(device);
        return process === undefined ? [] : [[process, device] as const];
      }),
    );
    const { killed, left } = await stopHandlers([...processes.keys()], { clock, graceMs: stopGraceMs });
    for (const process of killed) {
      const device = processes.get(process) ?? '';
      const alive = left.includes(process);
      logger.warn('retry handler had to be killed', { device, alive });
      if (!alive) await this.#tolerate(device, mounts.clear(device));
    }
  }

  async #tolerate(device: string, work: Promise<void>): Promise<void> {
    await work.catch((error: unknown) => {
      this.#parts.logger.warn('statistics mount', { device, error: errorMessage(error) });
    });
  }

  #update(device: string, change: (record: HandlerRecord) => HandlerRecord): void {
    const record = this.#records.get(device);
    if (record !== undefined) this.#records.set(device, change(record));
  }

  #tell(action: Action): void {
    const { logger } = this.#parts;
    const { type, device } = action;
    if (type === 'adopt') logger.info('somebody else serves the NIC', { device });
    if (type === 'fail') logger.error(action.reason, { device, remedy: 'drain and reboot the node' });
    if (type === 'wait') logger.info('retry handler waits', { device, reason: action.reason });
    if (type === 'register') logger.info('retry handler registered', { device, eq: action.eq });
    if (type === 'forget') logger.info('NIC is gone', { device });
  }

  #now(): Instant {
    const { clock } = this.#parts;
    return { mono: clock.monotonic(), wall: clock.now() };
  }
}
