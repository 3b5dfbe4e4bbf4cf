import { type Clock, HwError, type Logger } from '@rackwright/core';
import { Daemon } from '../process/daemon.ts';
import type { ProgramName } from '../programs/catalogue.ts';
import type { ProgramResolver } from '../programs/resolver.ts';
import { file, type Layout } from './arguments.ts';

/** What the components of a control plane share. */
export interface ComponentsOptions {
  readonly programs: Pick<ProgramResolver, 'resolve'>;
  readonly layout: Layout;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal | undefined;
}

/** The running programs of one control plane, stopped in reverse order of their start. */
export class Components implements AsyncDisposable {
  readonly #options: ComponentsOptions;
  readonly #daemons = new Map<ProgramName, Daemon>();
  readonly #stopping = new Set<Daemon>();

  constructor(options: ComponentsOptions) {
    this.#options = options;
  }

  /** In order of start; those that have ended too, until they are started again. */
  get daemons(): readonly Daemon[] {
    return [...this.#daemons.values()];
  }

  /** @throws HwError FailedPrecondition if it already runs */
  async start(name: ProgramName, args: readonly string[]): Promise<void> {
    const { programs, signal, clock, progress, layout, logger } = this.#options;
    const before = this.#daemons.get(name);
    if (before !== undefined && before.exit === undefined) {
      throw new HwError('FailedPrecondition', `${name} is already running`);
    }
    const program = await programs.resolve(name, signal);
    signal?.throwIfAborted();
    progress(`starting ${name}`);
    const log = file(layout, `${name}.log`);
    const env = commandEnvironment(layout);
    const stopGraceMs = graceMs(name);
    const daemon = await Daemon.start({ name, program, args, log, env, stopGraceMs }, clock);
    logger.debug('started', { program: name, pid: daemon.pid });
    this.#daemons.set(name, daemon);
    void daemon.exited.then((exit) => {
      if (!this.#stopping.has(daemon)) logger.error('ended by itself', { program: name, ...exit, log });
    });
  }

  async stop(name: ProgramName): Promise<void> {
    const daemon = this.#daemons.get(name);
    if (daemon !== undefined) await this.#stop(daemon);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const daemon of this.daemons.toReversed()) await this.#stop(daemon);
  }

  async #stop(daemon: Daemon): Promise<void> {
    this.#stopping.add(daemon);
    await daemon.stop();
  }
}

/** Nothing of the caller's settings but where programs are; caches stay in the run folder. */
export function commandEnvironment(layout: Layout): Record<string, string> {
  // An API server that collects garbage less often needs an eighth less of the processors, and 130 MB more.
  const env = { PATH: process.env.PATH ?? '', HOME: layout.folder, TMPDIR: layout.folder };
  return { GOGC: '400', ...env };
}

/** An API server asked to end waits up to a minute for open watches, which clients here do not close. */
function graceMs(name: ProgramName): number {
  return name === 'kube-apiserver' ? 2000 : 10_000;
}
