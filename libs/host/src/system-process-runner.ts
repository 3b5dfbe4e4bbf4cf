import { type ChildProcess, spawn } from 'node:child_process';
import { type Clock, formatDuration, HwError } from '@rackwright/core';
import { BoundedOutput } from './bounded-output.ts';
import type { ProcessRunner, RunOptions, RunOutcome } from './run.ts';

/** Between SIGTERM and SIGKILL, in milliseconds. */
const graceMs = 2000;
/** How long what a program printed last may still be on its way once it has ended, in milliseconds. */
const drainMs = 250;
const defaultDeadlineMs = 30_000;
const defaultMaxOutputBytes = 1024 * 1024;

/** A program that was told to stop and has not. */
export interface Straggler {
  readonly pid: number;
  readonly program: string;
  /** When it was told, on the runner's monotonic clock. */
  readonly since: number;
}

/**
 * The runner that starts real processes, each in a process group of its own, so
 * that a stop also reaches what a program started (nsenter and lvm fork).
 *
 * A call ends at its deadline. A process in an uninterruptible sleep does not:
 * the kernel delivers no signal until the device it waits for answers. Such ones
 * are counted, and nothing more is started for the same key meanwhile.
 */
export class SystemProcessRunner implements ProcessRunner {
  readonly #clock: Clock;
  readonly #stragglers = new Map<ChildProcess, Straggler & { readonly key: string | undefined }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Programs that were told to stop and have not yet. */
  get stragglers(): readonly Straggler[] {
    return [...this.#stragglers.values()];
  }

  run(argv: readonly [string, ...string[]], options: RunOptions = {}): Promise<RunOutcome> {
    const [program] = argv;
    const refusal = this.#refusal(program, options);
    if (refusal !== undefined) return Promise.reject(refusal);
    const { promise, resolve, reject } = Promise.withResolvers<RunOutcome>();
    const child = start(argv, options);
    const run = new Run(child, this.#clock, options);
    run.begin({
      ended: resolve,
      failed: (cause) => {
        const code = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'NotFound' : 'Internal';
        reject(new HwError(code, `cannot start ${program}`, { cause }));
      },
      stopped: (error) => {
        reject(error);
        this.#follow(child, program, options.key);
      },
    });
    return promise;
  }

  /** Why `program` must not be started; undefined if it may. */
  #refusal(program: string, { key, signal }: RunOptions): HwError | undefined {
    if (signal?.aborted) return cancelled(program, signal);
    const earlier = [...this.#stragglers.values()].find((one) => key !== undefined && one.key === key);
    if (earlier === undefined) return undefined;
    const age = formatDuration(Math.round(this.#clock.monotonic() - earlier.since));
    return new HwError(
      'Unavailable',
      `${program} for ${key ?? ''} is not started: ${earlier.program} (pid ${earlier.pid}) was told to stop ${age} ago and has not ended`,
      { remedy: 'look what it waits for: cat /proc/PID/stack; mostly a device that does not answer' },
    );
  }

  #follow(child: ChildProcess, program: string, key: string | undefined): void {
    const { pid } = child;
    if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    this.#stragglers.set(child, { pid, program, key, since: this.#clock.monotonic() });
    child.once('exit', () => this.#stragglers.delete(child));
  }
}

function start(argv: readonly [string, ...string[]], { env, cwd, input }: RunOptions): ChildProcess {
  const [program, ...args] = argv;
  // Without a file descriptor left it has no streams, and soon an error.
  return spawn(program, args, {
    cwd,
    // Tools print what we read in the language of the C locale, whatever the node speaks.
    env: { ...(env ?? process.env), LC_ALL: env?.LC_ALL ?? 'C' },
    // Who is told nothing reads nothing, and needs no pipe for it.
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
}

/** The ways a run comes to its end; one of them is called, once. */
interface Ends {
  ended(outcome: RunOutcome): void;
  failed(cause: Error): void;
  stopped(error: HwError): void;
}

/** One process from its start to its end, or to the moment it was told to stop. */
class Run {
  readonly #child: ChildProcess;
  readonly #clock: Clock;
  readonly #options: RunOptions;
  readonly #timers = new DisposableStack();

  constructor(child: ChildProcess, clock: Clock, options: RunOptions) {
    this.#child = child;
    this.#clock = clock;
    this.#options = options;
  }

  begin(ends: Ends): void {
    const {
      deadlineMs = defaultDeadlineMs,
      maxOutputBytes = defaultMaxOutputBytes,
      signal,
      input,
    } = this.#options;
    const program = this.#child.spawnfile;
    const stop = (error: HwError): void => {
      if (this.#timers.disposed) return;
      this.#over();
      this.#terminate();
      ends.stopped(error);
    };
    const tooMuchOutput = (): void =>
      stop(new HwError('ResourceExhausted', `${program} printed more than ${maxOutputBytes} bytes`));
    const stdout = new BoundedOutput(this.#child.stdout, maxOutputBytes, tooMuchOutput);
    const stderr = new BoundedOutput(this.#child.stderr, maxOutputBytes, tooMuchOutput);
    this.#timers.use(
      this.#clock.timer(deadlineMs, () =>
        stop(new HwError('DeadlineExceeded', `${program} took longer than ${deadlineMs} ms`)),
      ),
    );
    if (signal !== undefined) {
      const onAbort = (): void => stop(cancelled(program, signal));
      signal.addEventListener('abort', onAbort, { once: true });
      this.#timers.defer(() => signal.removeEventListener('abort', onAbort));
    }
    this.#child.once('error', (cause) => {
      if (this.#timers.disposed) return;
      this.#over();
      ends.failed(cause);
    });
    const end = (code: number | null, endedBy: NodeJS.Signals | null): void => {
      if (this.#timers.disposed) return;
      this.#over();
      ends.ended({ code, signal: endedBy, stdout: stdout.text, stderr: stderr.text });
    };
    this.#child.once('close', end);
    // What a program leaves running in the background may keep its pipes open for ever.
    this.#child.once('exit', (code, endedBy) => {
      if (!this.#timers.disposed) this.#timers.use(this.#clock.timer(drainMs, () => end(code, endedBy)));
    });
    this.#child.stdin?.on('error', () => undefined);
    this.#child.stdin?.end(input);
  }

  /** Nothing more is waited for, and no pipe keeps this process from ending. */
  #over(): void {
    this.#timers.dispose();
    const { stdin, stdout, stderr } = this.#child;
    for (const stream of [stdin, stdout, stderr]) stream?.destroy();
  }

  #terminate(): void {
    const { exitCode, signalCode } = this.#child;
    // One that never ends must not keep this process from ending.
    this.#child.unref();
    this.#signal('SIGTERM');
    if (exitCode !== null || signalCode !== null) {
      this.#signal('SIGKILL');
      return;
    }
    const kill = this.#clock.timer(graceMs, () => this.#signal('SIGKILL'));
    this.#child.once('exit', () => {
      kill[Symbol.dispose]();
      // Others of the group that did not mind the SIGTERM.
      this.#signal('SIGKILL');
    });
  }

  #signal(name: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      if (this.#options.stops === 'program') this.#child.kill(name);
      else process.kill(-pid, name);
    } catch {
      // Nobody of the group is left.
    }
  }
}

function cancelled(program: string, signal: AbortSignal): HwError {
  return new HwError('Cancelled', `${program} was cancelled`, { cause: signal.reason });
}
