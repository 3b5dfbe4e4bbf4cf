import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rackwright } from '@rackwright/keys';
import type { SimulatedHost } from '@rackwright/simulator';
import { eventually } from './fixture.ts';

/** What the chart mounts below /host. */
const mounts = ['sys', 'proc', 'dev', 'usr', 'etc', 'run/cxi', 'run/rackwright'];
const nodeFlags = ['--conditions=@rackwright/source', '--disable-warning=ExperimentalWarning'];
const main = fileURLToPath(new URL('../main.ts', import.meta.url));

/** The app as its own process, in a folder that stands for its container. */
export class RunningApp implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly exit: Promise<number | string>;
  readonly #sandbox: string;
  #output = '';

  constructor(host: SimulatedHost, flags: readonly string[]) {
    this.#sandbox = mkdtempSync(join(tmpdir(), 'rw-sandbox-'));
    for (const mount of mounts) {
      const path = join(this.#sandbox, 'host', mount);
      mkdirSync(dirname(path), { recursive: true });
      symlinkSync(join(host.folder, mount), path);
    }
    const words = [...nodeFlags, main, '--host-root=/host', '--health-port=0', '--log-level=debug', ...flags];
    const { PATH, NODE_COMPILE_CACHE } = process.env;
    this.child = spawn(process.execPath, words, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH,
        NODE_COMPILE_CACHE,
        [rackwright.env.sandboxRoot]: this.#sandbox,
        [rackwright.env.sandboxAddress]: '127.0.0.1',
      },
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (chunk) => {
        this.#output += chunk;
      });
    }
    this.exit = once(this.child, 'close').then(([code, signal]) => code ?? signal);
  }

  /** Everything it wrote. */
  get output(): string {
    return this.#output;
  }

  /** The port it serves. */
  get port(): Promise<number> {
    const said = (): number => Number(/"http server listens".*"port":(\d+)/.exec(this.#output)?.[1] ?? 0);
    return eventually('it listens', () => said() || undefined);
  }

  /** What it answers at `path`. */
  async get(path: string): Promise<{ status: number; body: string }> {
    const answer = await fetch(`http://127.0.0.1:${await this.port}${path}`);
    return { status: answer.status, body: await answer.text() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exit;
    rmSync(this.#sandbox, { recursive: true, force: true });
  }
}
