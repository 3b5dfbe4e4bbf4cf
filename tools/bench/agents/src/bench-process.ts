import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { systemClock } from '@rackwright/core';
import { waitUntil } from '@rackwright/testbed/without-nodes';
import type { Bundle } from './bundles.ts';
import type { Measured } from './measured.ts';
import { type Memory, memoryOf } from './memory.ts';

/** USER_HZ of every Linux there is (man 5 proc_pid_stat). */
const ticksPerSecond = 100;

export interface ProcessSpec {
  readonly name: string;
  /** The node binary; processes that use the same one share its pages. */
  readonly node: string;
  /** Flags given to Node, as in the image. */
  readonly nodeFlags: readonly string[];
  readonly bundle: Bundle;
  readonly args: (address: string) => readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Loopback address of its own, so that default ports do not clash. */
  readonly address: string;
  readonly port: number;
  /** File for what it prints. */
  readonly log: string;
}

/** One process under measurement. */
export class BenchProcess implements AsyncDisposable {
  readonly #spec: ProcessSpec;
  readonly #child: ChildProcess;
  readonly #samples: Memory[] = [];
  #startMs = Number.NaN;

  private constructor(spec: ProcessSpec) {
    this.#spec = spec;
    const log = openSync(spec.log, 'a');
    this.#child = spawn(spec.node, [...spec.nodeFlags, spec.bundle.file, ...spec.args(spec.address)], {
      stdio: ['ignore', log, log],
      env: {
        PATH: process.env.PATH ?? '',
        NODE_ENV: 'production',
        MALLOC_ARENA_MAX: '1',
        RACKWRIGHT_SANDBOX_ADDRESS: spec.address,
        ...spec.env,
      },
    });
  }

  /** Starts it and waits until it answers. */
  static async start(spec: ProcessSpec): Promise<BenchProcess> {
    const began = performance.now();
    const started = new BenchProcess(spec);
    const options = { clock: systemClock, deadlineMs: 20_000, intervalMs: 3 };
    try {
      await waitUntil(`${spec.name} to answer`, () => started.fetch('/healthz'), options);
    } catch (cause) {
      await started[Symbol.asyncDispose]();
      throw new Error(`${spec.name} does not start:\n${readFileSync(spec.log, 'utf8').slice(-2000)}`, {
        cause,
      });
    }
    started.#startMs = performance.now() - began;
    return started;
  }

  /** True if the endpoint answered 200; the body is read and dropped. */
  async fetch(path: string): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const { address: host, port } = this.#spec;
    const request = get({ host, port, path, agent: false, timeout: 5000 }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode === 200));
    });
    request.on('error', () => resolve(false));
    return await promise;
  }

  sample(): void {
    this.#samples.push(memoryOf(this.#pid));
  }

  /** CPU seconds spent so far. */
  cpuSeconds(): number {
    const text = readFileSync(`/proc/${this.#pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  }

  /** @param cpu share of one core spent under load */
  measured(cpu: number): Measured {
    const { name, bundle } = this.#spec;
    return {
      name,
      bundleBytes: bundle.bytes,
      forbidden: bundle.forbidden,
      startMs: this.#startMs,
      samples: this.#samples,
      cpu,
    };
  }

  get #pid(): number {
    const { pid, exitCode } = this.#child;
    if (pid === undefined || exitCode !== null) {
      throw new Error(`${this.#spec.name} has ended:\n${readFileSync(this.#spec.log, 'utf8').slice(-2000)}`);
    }
    return pid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    using _ = systemClock.timer(15_000, () => this.#child.kill('SIGKILL'));
    await ended;
  }
}
