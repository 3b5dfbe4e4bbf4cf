import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Clock, HwError, type Logger } from '@rackwright/core';
import { type HostReader, ifReadable } from '@rackwright/host';
import { type CommandOptions, handlerCommand } from './command.ts';
import { ChildHandler, type HandlerProcess } from './handler-process.ts';
import { OutputLog } from './output-log.ts';
import type { ProcessTable } from './proc.ts';
import type { StatsMounts } from './stats-mount.ts';

/** Starts handlers. */
export interface Launcher {
  /**
   * Starts the handler of a NIC nobody else's handler is registered with.
   *
   * A program that is missing in the host's mount namespace ends with code 127 instead.
   *
   * @throws HwError NotFound if the program is missing, FailedPrecondition if it cannot be started
   */
  launch(device: string): Promise<HandlerProcess>;
}

export interface LauncherParts {
  readonly command: CommandOptions;
  readonly files: HostReader;
  readonly mounts: StatsMounts;
  readonly table: ProcessTable;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly env: NodeJS.ProcessEnv;
  /** Why a handler that starts now may be refused memory, if so. */
  readonly memoryProblem?: () => string | undefined;
}

/** Starts cxi_rh as a child of this process, its output going to the log. */
export class CxiRhLauncher implements Launcher {
  readonly #parts: LauncherParts;

  constructor(parts: LauncherParts) {
    this.#parts = parts;
  }

  async launch(device: string): Promise<HandlerProcess> {
    const { command, files, mounts, clock, logger, memoryProblem } = this.#parts;
    // Only parts of the host are mounted here: what is in its namespace nsenter finds out.
    if (command.mountNamespace === undefined && files.stat(command.program)?.isFile() !== true) {
      throw new HwError('NotFound', `${command.program} is missing on this host`, {
        field: '--cxi-rh-path',
        remedy: 'install libcxi-retry-handler or name its place',
      });
    }
    await mounts.prepare(device);
    const problem = memoryProblem?.();
    if (problem !== undefined) logger.warn('cxi_rh may end with SIGBUS', { device, reason: problem });
    const [program, ...words] = handlerCommand(device, command);
    const child = spawn(program, words, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: this.#environment(),
      cwd: '/',
    });
    const started = once(child, 'spawn').catch((cause: unknown) => {
      throw new HwError('FailedPrecondition', `cannot start ${program}`, { cause });
    });
    const log = logger.child({ device });
    const output = new OutputLog(log, clock);
    // Without a file descriptor left there are no streams, and soon an error.
    for (const stream of [child.stdout, child.stderr]) if (stream) output.follow(stream);
    await started;
    child.on('error', (error) => log.warn('handler process', { error }));
    return new ChildHandler(child, this.#identify(child.pid ?? 0), output, clock);
  }

  #identify(pid: number): HandlerProcess['id'] {
    const startTicks = ifReadable(undefined, () => this.#parts.table.startTicks(pid));
    return startTicks === undefined ? { pid } : { pid, startTicks };
  }

  /** Nothing of ours is a handler's business, secrets least of all. */
  #environment(): NodeJS.ProcessEnv {
    const { PATH, TZ } = this.#parts.env;
    return { ...(PATH === undefined ? {} : { PATH }), ...(TZ === undefined ? {} : { TZ }) };
  }
}
