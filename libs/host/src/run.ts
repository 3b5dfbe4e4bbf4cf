/** How a program is run. */
export interface RunOptions {
  /**
   * Time limit in milliseconds, after which the call is over whatever the program
   * does: it gets SIGTERM, then SIGKILL 2 s later. Default 30 s.
   */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
  /** The whole environment; default that of this process. `LC_ALL` is C unless it is named here. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Text given on standard input; default none. */
  readonly input?: string;
  /** Most bytes of each output stream; more is an error. Default 1 MiB. */
  readonly maxOutputBytes?: number;
  /**
   * Who is stopped at the deadline: the program with all it started, or it alone,
   * where what it started is to outlive it. Default `group`.
   */
  readonly stops?: 'group' | 'program';
  /**
   * What the program works on, such as a disk. While one that was to be stopped is
   * still there, another with the same key is refused. Default none.
   */
  readonly key?: string;
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
   * @throws HwError NotFound if the program is missing; DeadlineExceeded or Cancelled if it was told to stop,
   *   which it may not have done yet; ResourceExhausted if it printed too much; Unavailable if an earlier one
   *   with the same key was told to stop and has not
   */
  run(argv: readonly [string, ...string[]], options?: RunOptions): Promise<RunOutcome>;
}
