import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** An operator that was killed. */
export interface Kill {
  /** What was asked of the cluster. */
  readonly during: string;
  /** Before or after which request. */
  readonly at: string;
}

export interface RestartedOperatorOptions {
  /** The operator as one file. */
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** At which of its points the nth operator is killed, the first being 0; undefined for never. */
  readonly killAt: (start: number) => number | undefined;
}

const preload = fileURLToPath(new URL('../testdata/kill-at.mjs', import.meta.url));
/** Of what an operator prints, as much is kept. */
const keptOutput = 20_000;

/** An operator that is started again at once when it was killed. */
export class RestartedOperator implements AsyncDisposable {
  readonly kills: Kill[] = [];
  /** What is asked of the cluster now, for the list of kills. */
  during = '';
  /** Why it ended without being killed; undefined while it did not. */
  fault: string | undefined;
  readonly #options: RestartedOperatorOptions;
  #child: ChildProcess;
  #output = '';
  #stopping = false;
  #ended: Promise<unknown>;

  constructor(options: RestartedOperatorOptions) {
    this.#options = options;
    [this.#child, this.#ended] = this.#start();
  }

  /** The last of what it printed. */
  get output(): string {
    return this.#output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  #start(): [ChildProcess, Promise<unknown>] {
    const { program, args, env, killAt } = this.#options;
    const at = killAt(this.kills.length);
    const loaded = at === undefined ? [] : ['--import', preload];
    const child = spawn(process.execPath, [...loaded, program, ...args], {
      env: { ...env, ...(at !== undefined && { KILL_AT: `${at}` }) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let own = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text: Buffer) => {
        own = (own + text.toString()).slice(-keptOutput);
        this.#output = (this.#output + text.toString()).slice(-keptOutput);
      });
    const ended = once(child, 'close').then(() => this.#again(own));
    return [child, ended];
  }

  #again(output: string): void {
    if (this.#stopping) return;
    const at = /^killed at point \d+: (.+)$/m.exec(output)?.[1];
    if (at === undefined) {
      this.fault = output;
      return;
    }
    this.kills.push({ during: this.during, at });
    [this.#child, this.#ended] = this.#start();
  }
}
