import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { type Clock, HwError, withDeadline } from '@rackwright/core';
import { kubelet } from '@rackwright/keys';
import { ContainerProcess, type ProcessSpec } from './container-process.ts';
import type { ContainerRecord } from './container-record.ts';
import { LogFile } from './log-file.ts';
import type { ProcessGuard } from './process-guard.ts';
import { insideRoot } from './sandbox-root.ts';
import { type TerminationMessageSpec, terminationMessage } from './termination-message.ts';

/** A container to be created. */
export interface ContainerSpec extends ProcessSpec {
  readonly podUid: string;
  readonly name: string;
  readonly image: string;
  readonly attempt: number;
  readonly logFile: string;
  readonly termination: TerminationMessageSpec;
  /** Removed with the container: its root folder. */
  readonly folder: string;
}

interface Entry {
  record: ContainerRecord;
  readonly spec: ContainerSpec;
  process?: ContainerProcess;
  ended?: Promise<void>;
}

/** Exit code of a container whose program could not be started (containerd). */
const startErrorCode = 128;

/** How a command inside a container ended. */
export interface ExecOutcome {
  readonly exitCode: number;
  /** Standard output and standard error, at most 10 KiB. */
  readonly output: string;
}

/**
 * Stands for the container runtime of a node: it owns the processes, so they
 * outlive a restart of the kubelet.
 */
export class ContainerRuntime implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #guard: ProcessGuard;
  readonly #entries = new Map<string, Entry>();
  readonly #listeners = new Set<(record: ContainerRecord) => void>();

  constructor(options: { readonly clock: Clock; readonly guard: ProcessGuard }) {
    this.#clock = options.clock;
    this.#guard = options.guard;
  }

  /** Containers of one pod, or of all pods, oldest first. */
  list(podUid?: string): readonly ContainerRecord[] {
    const records = [...this.#entries.values()].map((entry) => entry.record);
    return podUid === undefined ? records : records.filter((record) => record.podUid === podUid);
  }

  get(id: string): ContainerRecord | undefined {
    return this.#entries.get(id)?.record;
  }

  /** Calls `listener` whenever a container changed its state, until disposed. */
  subscribe(listener: (record: ContainerRecord) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  create(spec: ContainerSpec): ContainerRecord {
    const record: ContainerRecord = {
      id: randomBytes(32).toString('hex'),
      podUid: spec.podUid,
      name: spec.name,
      image: spec.image,
      attempt: spec.attempt,
      state: 'created',
      createdAt: this.#clock.now(),
      logFile: spec.logFile,
    };
    this.#entries.set(record.id, { record, spec });
    return record;
  }

  /** @throws HwError when the program cannot be run; the container then counts as exited */
  async start(id: string): Promise<void> {
    const entry = this.#entry(id);
    try {
      entry.process = await ContainerProcess.start(entry.spec);
    } catch (error) {
      const now = this.#clock.now();
      const ended = {
        state: 'exited',
        exitCode: startErrorCode,
        reason: kubelet.terminated.startError,
        finishedAt: now,
      } as const;
      this.#change(entry, { ...ended, message: error instanceof Error ? error.message : String(error) });
      throw error;
    }
    this.#guard.add(entry.process.pid);
    const log = new LogFile(entry.spec.logFile, this.#clock);
    log.attach('stdout', entry.process.stdout);
    log.attach('stderr', entry.process.stderr);
    this.#change(entry, { state: 'running', startedAt: this.#clock.now() });
    entry.ended = this.#follow(entry, entry.process, log);
  }

  /** SIGTERM, then SIGKILL to everything in it when `graceMs` is over; resolves when it has ended. */
  async stop(id: string, graceMs: number): Promise<void> {
    const entry = this.#entries.get(id);
    const { process, ended } = entry ?? {};
    if (process === undefined || ended === undefined || entry?.record.state !== 'running') return;
    process.signal('SIGTERM');
    try {
      await withDeadline(this.#clock, graceMs, 'stopping a container', () => ended);
    } catch {
      process.killGroup();
      await ended;
    }
  }

  /** Forgets an ended container and removes its folder; the log stays. */
  async remove(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    if (entry.record.state === 'running')
      throw new HwError('FailedPrecondition', `container ${id} still runs`);
    this.#entries.delete(id);
    await rm(entry.spec.folder, { recursive: true, force: true });
  }

  /** The process id of a running container's main process. */
  pid(id: string): number | undefined {
    return this.#entries.get(id)?.process?.pid;
  }

  /**
   * Runs a command beside the container's main process, with its environment.
   *
   * @throws HwError DeadlineExceeded after `timeoutMs`
   */
  async exec(id: string, argv: readonly string[], timeoutMs: number): Promise<ExecOutcome> {
    const process = await this.startExec(id, argv);
    let output = '';
    for (const stream of [process.stdout, process.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        if (output.length < 10 * 1024) output += chunk;
      });
    }
    try {
      const exitCode = await withDeadline(this.#clock, timeoutMs, argv[0] ?? 'exec', () => process.exited);
      return { exitCode, output };
    } finally {
      process.killGroup();
    }
  }

  /**
   * Starts a command beside the container's main process, with its environment.
   * Words that are paths in the container are paths of its root.
   */
  async startExec(
    id: string,
    argv: readonly string[],
    options: Pick<ProcessSpec, 'stdin'> = {},
  ): Promise<ContainerProcess> {
    const { env, cwd, folder } = this.#entry(id).spec;
    const words = argv.map((word) => insideRoot(folder, word));
    const process = await ContainerProcess.start({ argv: words, env, cwd, ...options });
    this.#guard.add(process.pid);
    process.exited.then(
      () => this.#guard.remove(process.pid),
      () => undefined,
    );
    return process;
  }

  /** Kills every container. */
  async [Symbol.asyncDispose](): Promise<void> {
    const entries = [...this.#entries.values()];
    for (const { process } of entries) process?.killGroup();
    await Promise.all(entries.map((entry) => entry.ended));
    this.#listeners.clear();
  }

  async #follow(entry: Entry, process: ContainerProcess, log: LogFile): Promise<void> {
    const exitCode = await process.exited;
    const finishedAt = this.#clock.now();
    this.#guard.remove(process.pid);
    await log.close();
    const message = await terminationMessage(entry.spec.termination, entry.spec.logFile, exitCode);
    this.#change(entry, {
      state: 'exited',
      exitCode,
      finishedAt,
      reason: exitCode === 0 ? kubelet.terminated.completed : kubelet.terminated.error,
      ...(message === undefined ? {} : { message }),
    });
  }

  #change(entry: Entry, change: Partial<ContainerRecord>): void {
    entry.record = { ...entry.record, ...change };
    for (const listener of [...this.#listeners]) listener(entry.record);
  }

  #entry(id: string): Entry {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new HwError('NotFound', `there is no container ${id}`);
    return entry;
  }
}
