import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { HwError } from '@rackwright/core';

/** A program to run on its own. */
export interface ProcessSpec {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Whether it can be written to; default it reads nothing. */
  readonly stdin?: boolean;
}

/** A running program that leads a process group of its own. */
export class ContainerProcess {
  readonly pid: number;
  readonly stdin: Writable | undefined;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves with the exit code; 128 plus the signal's number if a signal ended it. */
  readonly exited: Promise<number>;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, pid: number, stdout: Readable, stderr: Readable) {
    this.stdin = child.stdin ?? undefined;
    // It may end without having read everything.
    this.stdin?.on('error', () => undefined);
    this.#child = child;
    this.pid = pid;
    this.stdout = stdout;
    this.stderr = stderr;
    this.exited = once(child, 'exit').then(([code, signal]) => {
      // What the main process leaves behind ends with it, as in a PID namespace.
      this.killGroup();
      return exitCode(code as number | null, signal as NodeJS.Signals | null);
    });
  }

  /** @throws HwError NotFound when the program or the working directory is missing, Internal otherwise */
  static async start(spec: ProcessSpec): Promise<ContainerProcess> {
    const [program = '', ...args] = spec.argv;
    const child = spawn(program, args, {
      detached: true,
      cwd: spec.cwd,
      env: { ...spec.env },
      stdio: [spec.stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    });
    try {
      await once(child, 'spawn');
    } catch (cause) {
      const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
      throw new HwError(missing ? 'NotFound' : 'Internal', `cannot run ${program}`, { cause });
    }
    if (child.pid === undefined) throw new HwError('Internal', `${program} has no process id`);
    const { stdout, stderr } = child as ChildProcess & { stdout: Readable; stderr: Readable };
    return new ContainerProcess(child, child.pid, stdout, stderr);
  }

  /** Signals the main process only, as container runtimes do on a stop. */
  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Kills the main process and everything in its group. */
  killGroup(): void {
    try {
      process.kill(-this.pid, 'SIGKILL');
    } catch {
      // The group is empty already.
    }
  }
}

function exitCode(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}
