import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@rackwright/core';
import { bundlePath, bundlePrograms } from '@rackwright/testbed/without-nodes';

const script = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Makes the driver one file in `folder`, which starts three times as fast. */
export async function bundleDriver(folder: string): Promise<string> {
  await bundlePrograms({ driver: script('../main.ts') }, folder);
  return bundlePath(folder, 'driver');
}

export interface DriverProcessOptions {
  /** The driver as one file. */
  readonly program: string;
  /** Folder of its state and its socket. */
  readonly root: string;
  /** Flags that say what it works on. */
  readonly flags: readonly string[];
  /** At which of its calls that change a file or start a program it is killed; undefined for never. */
  readonly killAt: number | undefined;
}

/** A driver as a process of its own. */
export class DriverProcess {
  readonly #child: ChildProcess;
  /** Once it has ended and all that it printed is read. */
  readonly #closed: Promise<unknown>;
  readonly #socket: string;
  /** What it printed on its standard error. */
  stderr = '';

  constructor({ program, root, flags, killAt }: DriverProcessOptions) {
    this.#socket = `${root}/csi.sock`;
    rmSync(this.#socket, { force: true });
    const preload = killAt === undefined ? [] : ['--import', script('../testdata/kill-at.mjs')];
    const where = [`-endpoint=unix://${this.#socket}`, `-statePath=${root}/state`, '-nodeid=n'];
    this.#child = spawn(process.execPath, [...preload, program, ...flags, ...where], {
      env: { ...process.env, ...(killAt !== undefined && { KILL_AT: `${killAt}` }) },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#closed = once(this.#child, 'close');
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
    if (!this.running) await this.#closed;
    return this.running;
  }

  /** Ends it and waits for that. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#closed;
  }

  /** Waits for its end. False if it did not end in that time, in milliseconds. */
  async endedWithin(ms: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<void>();
    using _ = systemClock.timer(ms, resolve);
    await Promise.race([this.#closed, promise]);
    return !this.running;
  }
}
