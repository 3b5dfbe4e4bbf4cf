import { type Clock, fail, ok, type Result } from '@rackwright/core';
import { type ProcessRunner, SystemProcessRunner } from '@rackwright/host';
import { thisProcess } from '@rackwright/testbed';
import { openDocker } from './docker-engine.ts';
import { openPodman } from './podman-engine.ts';

/** A container engine that has only what a test gives it, gone when it is disposed. */
export interface ContainerEngine extends AsyncDisposable {
  readonly name: string;
  /** Value of `DOCKER_HOST` for its clients; undefined for the one they find themselves. */
  readonly host: string | undefined;
  /** Loads an OCI archive under the names in it. */
  load(archive: string): Promise<void>;
}

/** What finding and running an engine needs. */
export interface EngineOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly runner: ProcessRunner;
}

/** Label of every container this process starts, and its value: which process that is. */
export const ownLabel = { name: 'io.rackwright.e2e', value: JSON.stringify(thisProcess()) };

type Opener = (options: EngineOptions, version: string) => Promise<ContainerEngine>;

const openers: readonly [command: string, versionWords: readonly string[], open: Opener][] = [
  // The client alone starts nothing: this fails without a daemon.
  ['docker', ['version', '--format', '{{.Server.Version}}'], openDocker],
  ['podman', ['--version'], openPodman],
];

/** Opens docker's daemon if it answers, else podman; the failure says what was tried. */
export async function openEngine(
  options: Omit<EngineOptions, 'runner'>,
): Promise<Result<ContainerEngine, string>> {
  const runner = new SystemProcessRunner(options.clock);
  const misses: string[] = [];
  for (const [command, words, open] of openers) {
    const outcome = await runner
      .run([command, ...words], { deadlineMs: 60_000, signal: options.signal })
      .catch(() => undefined);
    options.signal.throwIfAborted();
    const version = /\d+\.\d+\S*/.exec(outcome?.stdout ?? '')?.[0];
    if (outcome?.code === 0 && version !== undefined) return ok(await open({ ...options, runner }, version));
    misses.push(outcome === undefined ? `${command} is not in PATH` : `${command} does not answer`);
  }
  return fail(misses.join(', '));
}
