import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { type Clock, HwError, withDeadline } from '@rackwright/core';

/** What runs, where its output goes and how long it may take to stop. */
export interface DaemonSpec {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  /** File that collects standard output and standard error. */
  readonly log: string;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Time between SIGTERM and SIGKILL in milliseconds; default 10 s. */
  readonly stopGraceMs?: number;
}

/**
 * The shell that becomes the program, leader of a process group of its own.
 * Beforehand it leaves a watcher behind that waits for the end of a pipe held
 * open by us and then kills the whole group. So the program goes when we do,
 * even by SIGKILL, with nothing but a POSIX shell. The watcher also keeps the
 * group's number from being used again before we have cleaned up.
 */
const guard = `(trap '' INT TERM; read -r end <&3; kill -KILL -$$) >/dev/null 2>&1 & exec "$@" 3<&-`;

/** Where Node keeps what it made of sources, if anywhere: an app that is run from its sources starts sooner. */
function compileCache(): Record<string, string> {
  const { NODE_COMPILE_CACHE } = process.env;
  return NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE };
}

/** How a program ended. */
export interface DaemonExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program, with all it starts, that never outlives this process. */
export class Daemon {
  readonly spec: DaemonSpec;
  readonly #child: ChildProcess;
  readonly #clock: Clock;
  /** Resolves when the program has ended, for whatever reason. */
  readonly exited: Promise<DaemonExit>;
  #exit: DaemonExit | undefined;

  private constructor(spec: DaemonSpec, child: ChildProcess, clock: Clock) {
    this.spec = spec;
    this.#child = child;
    this.#clock = clock;
    const { promise, resolve } = Promise.withResolvers<DaemonExit>();
    this.exited = promise;
    child.once('exit', (code, signal) => {
      // What the program left running, and the watcher.
      this.#signal('SIGKILL');
      this.#exit = { code, signal };
      resolve(this.#exit);
    });
  }

  /** @throws HwError Internal if there is no shell to start it with */
  static async start(spec: DaemonSpec, clock: Clock): Promise<Daemon> {
    const log = await open(spec.log, 'a', 0o600);
    try {
      const child = spawn('/bin/sh', ['-c', guard, spec.name, spec.program, ...spec.args], {
        // A session of its own: Ctrl-C reaches us first and we stop things in order.
        detached: true,
        ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
        stdio: ['ignore', log.fd, log.fd, 'pipe'],
        env: { ...compileCache(), ...spec.env },
      });
      // Only its end matters; nothing is ever written to it.
      child.stdio[3]?.on('error', () => undefined);
      await once(child, 'spawn').catch((cause: unknown) => {
        throw new HwError('Internal', `cannot start ${spec.name}`, { cause });
      });
      return new Daemon(spec, child, clock);
    } finally {
      await log.close();
    }
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** How the program ended, or undefined while it runs. */
  get exit(): DaemonExit | undefined {
    return this.#exit;
  }

  /** The last `lines` lines the program printed. */
  async lastLines(lines = 15): Promise<string> {
    const text = await readFile(this.spec.log, 'utf8').catch(() => '');
    return text.trimEnd().split('\n').slice(-lines).join('\n');
  }

  /** SIGTERM to the program and all it started, SIGKILL when the grace is over. Safe to call more than once. */
  async stop(): Promise<void> {
    if (this.#exit !== undefined) return;
    this.#signal('SIGTERM');
    const grace = this.spec.stopGraceMs ?? 10_000;
    await withDeadline(this.#clock, grace, `stopping ${this.spec.name}`, () => this.exited).catch(() =>
      this.#signal('SIGKILL'),
    );
    await this.exited;
  }

  /** SIGKILL to the program and all it started; see `exited` for when they are gone. */
  kill(): void {
    this.#signal('SIGKILL');
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined || this.#exit !== undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // Already gone; the exit event follows.
    }
  }

  /** An error that says the program failed, how, and what it printed last. */
  async failure(what: string): Promise<HwError> {
    const how =
      this.#exit === undefined
        ? 'still runs'
        : this.#exit.signal === null
          ? `exited with code ${this.#exit.code}`
          : `was ended by ${this.#exit.signal}`;
    const lines = await this.lastLines();
    return new HwError('Internal', `${what}: ${this.spec.name} ${how}. Its last lines:\n${lines}`);
  }
}
