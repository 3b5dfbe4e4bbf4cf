import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@rackwright/core';

const script = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** A driver as a process of its own, on the state folder and the socket of `root`. */
export class DriverProcess {
  readonly #child: ChildProcess;
  readonly #socket: string;
  /** What it printed on its standard error. */
  stderr = '';

  /**
   * @param killAt before which of its calls that change a file or start a program it is killed; undefined for never
   * @param options flags that say what it works on; default folders
   */
  constructor(root: string, killAt?: number, options: readonly string[] = ['-deviceManager=fake']) {
    this.#socket = `${root}/csi.sock`;
    rmSync(this.#socket, { force: true });
    const preload = killAt === undefined ? [] : ['--import', script('../testdata/kill-at.mjs')];
    const flags = ['--conditions=@rackwright/source', '--disable-warning=ExperimentalWarning', ...preload];
    const all = [...options, `-endpoint=unix://${this.#socket}`, `-statePath=${root}/state`];
    this.#child = spawn(
      process.execPath,
      [...flags, script('../../../../tools/launch.mjs'), script('../main.ts'), ...all, '-nodeid=n'],
      {
        env: { ...process.env, ...(killAt !== undefined && { KILL_AT: `${killAt}` }) },
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    this.#child.stderr?.on('data', (text: Buffer) => {
      this.stderr += text.toString();
    });
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** False if it ended before it served its socket. */
  async served(): Promise<boolean> {
    const deadline = systemClock.monotonic() + 300_000;
    while (this.running && !existsSync(this.#socket)) {
      if (systemClock.monotonic() > deadline) throw new Error('the driver does not serve its socket');
      await systemClock.sleep(10);
    }
    return this.running;
  }

  /** Ends it and waits for that. */
  async stop(): Promise<void> {
    if (!this.running) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await ended;
  }

  /** Waits until it has ended, if it is about to. */
  async ended(): Promise<void> {
    if (this.running) await once(this.#child, 'exit');
  }
}
