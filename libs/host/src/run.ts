import { type ChildProcess, spawn } from 'node:child_process';
import { type Clock, HwError } from '@rackwright/core';

/** How a program is run. */
export interface RunOptions {
  /** Time limit in milliseconds; the program gets SIGTERM, then SIGKILL 2 s later. Default 30 s. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Text given on standard input; default none. */
  readonly input?: string;
  /** Most bytes kept of each output stream, the rest is dropped. Default 1 MiB. */
  readonly maxOutputBytes?: number;
}

/** How a program ended. */
export interface RunOutcome {
  /** Exit code, or null if a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs programs by a fixed argument list, never through a shell. */
export interface ProcessRunner {
  /**
   * @throws HwError NotFound if the program is missing, DeadlineExceeded or Cancelled if it was stopped
   */
  run(argv: readonly [string, ...string[]], options?: RunOptions): Promise<RunOutcome>;
}

/** The runner that starts real processes. */
export class SystemProcessRunner implements ProcessRunner {
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  run(argv: readonly [string, ...string[]], options: RunOptions = {}): Promise<RunOutcome> {
    const { promise, resolve, reject } = Promise.withResolvers<RunOutcome>();
    const [program, ...args] = argv;
    // Without a file descriptor left it has no streams, and soon an error.
    const child: ChildProcess = spawn(program, args, {
      cwd: options.cwd,
      env: options.env === undefined ? process.env : { ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let stopped: HwError | undefined;
    let kill: Disposable | undefined;
    const stop = (error: HwError): void => {
      stopped ??= error;
      child.kill('SIGTERM');
      kill = this.#clock.timer(2000, () => child.kill('SIGKILL'));
    };
    const limit = options.deadlineMs ?? 30_000;
    const deadline = this.#clock.timer(limit, () =>
      stop(new HwError('DeadlineExceeded', `${program} took longer than ${limit} ms`)),
    );
    const onAbort = (): void =>
      stop(new HwError('Cancelled', `${program} was cancelled`, { cause: options.signal?.reason }));
    const stdout = collect(child.stdout, options.maxOutputBytes);
    const stderr = collect(child.stderr, options.maxOutputBytes);
    const done = (): void => {
      deadline[Symbol.dispose]();
      kill?.[Symbol.dispose]();
      options.signal?.removeEventListener('abort', onAbort);
    };
    child.once('error', (cause: NodeJS.ErrnoException) => {
      done();
      const missing = cause.code === 'ENOENT';
      reject(new HwError(missing ? 'NotFound' : 'Internal', `cannot start ${program}`, { cause }));
    });
    child.once('close', (code, signal) => {
      done();
      if (stopped !== undefined) reject(stopped);
      else resolve({ code, signal, stdout: stdout(), stderr: stderr() });
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input ?? '');
    if (options.signal?.aborted) onAbort();
    else options.signal?.addEventListener('abort', onAbort, { once: true });
    return promise;
  }
}

function collect(stream: NodeJS.ReadableStream | null | undefined, maxBytes = 1024 * 1024): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream?.on('data', (chunk: Buffer) => {
    if (size < maxBytes) chunks.push(chunk.subarray(0, maxBytes - size));
    size += chunk.length;
  });
  return () => Buffer.concat(chunks).toString('utf8');
}
