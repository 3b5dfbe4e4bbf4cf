import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A command that runs beside a case, and ends when it is disposed. */
export class BackgroundCommand implements AsyncDisposable {
  readonly #child: ChildProcess;
  #output = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
    }
  }

  static async start([program = '', ...args]: readonly string[]): Promise<BackgroundCommand> {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    await once(child, 'spawn');
    return new BackgroundCommand(child);
  }

  /** All it has printed. */
  output(): string {
    return this.#output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exited;
  }
}
