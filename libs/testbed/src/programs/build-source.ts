import { join } from 'node:path';
import { type Clock, fail, formatDuration, HwError, Lifetime, ok, type Result } from '@rackwright/core';
import { Daemon } from '../process/daemon.ts';
import type { ProgramSpec } from './catalogue.ts';
import type { ProgramSource, SearchContext } from './context.ts';
import { onPath } from './local-sources.ts';

const progressMs = 10_000;

/** A build from the Go modules pinned in the workspace, with the machine's Go. */
export const buildSource: ProgramSource = {
  name: 'build',
  async find(spec, context) {
    const [go] = await onPath(['go'], context.env.PATH ?? '');
    if (go === undefined) return fail('no go command in PATH');
    return context.cache.publish(spec, (path) => build(go, spec, path, context), context.signal);
  },
};

async function build(
  go: string,
  spec: ProgramSpec,
  path: string,
  context: SearchContext,
): Promise<Result<undefined, string>> {
  const { clock, progress, signal } = context;
  const folder = await context.buildFolder();
  signal?.throwIfAborted();
  progress(`building ${spec.name} ${spec.version} from Go modules, which can take minutes`);
  const started = clock.monotonic();
  const daemon = await Daemon.start(
    {
      name: `go build of ${spec.name}`,
      program: go,
      args: buildArguments(spec, path),
      log: join(folder, `${spec.name}.log`),
      env: buildEnvironment(context.env, folder),
      cwd: spec.source.folder,
      stopGraceMs: 2000,
    },
    clock,
  );
  await untilBuilt(daemon, spec, context);
  const elapsed = formatDuration(Math.round((clock.monotonic() - started) / 1000) * 1000);
  if (daemon.exit?.code !== 0) return fail((await daemon.failure(`failed after ${elapsed}`)).message);
  progress(`built ${spec.name} ${spec.version} in ${elapsed}`);
  return ok(undefined);
}

/** @throws HwError Cancelled, after the build has been stopped with all it started */
async function untilBuilt(daemon: Daemon, spec: ProgramSpec, context: SearchContext): Promise<void> {
  const { clock, progress, signal } = context;
  const started = clock.monotonic();
  const stop = (): void => void daemon.stop();
  signal?.addEventListener('abort', stop, { once: true });
  await using reporting = new Lifetime();
  reporting.spawn('build progress', (until) =>
    every(clock, progressMs, until, () => {
      const seconds = Math.round((clock.monotonic() - started) / 1000);
      progress(`still building ${spec.name} ${spec.version} (${seconds} s)`);
    }),
  );
  if (signal?.aborted) stop();
  await daemon.exited;
  signal?.removeEventListener('abort', stop);
  if (signal?.aborted) {
    throw new HwError('Cancelled', `the build of ${spec.name} was cancelled`, { cause: signal.reason });
  }
}

async function every(clock: Clock, ms: number, signal: AbortSignal, fn: () => void): Promise<void> {
  while (true) {
    await clock.sleep(ms, signal);
    fn();
  }
}

/** No paths, symbols or debug data of this machine get into the program. */
export function buildArguments(spec: ProgramSpec, output: string): string[] {
  const ldflags = ['-s', '-w', ...(spec.source.ldflags === undefined ? [] : [spec.source.ldflags])].join(' ');
  return [
    'build',
    '-trimpath',
    '-mod=readonly',
    '-buildvcs=false',
    ...(spec.source.tags === undefined ? [] : [`-tags=${spec.source.tags}`]),
    `-ldflags=${ldflags}`,
    `-o=${output}`,
    spec.source.package,
  ];
}

/** The user's Go settings, but a build cache of our own, which grows to gigabytes and is removed. */
export function buildEnvironment(env: NodeJS.ProcessEnv, folder: string): Record<string, string> {
  const kept = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return {
    ...Object.fromEntries(kept),
    CGO_ENABLED: '0',
    GOCACHE: join(folder, 'gocache'),
    GOTMPDIR: folder,
    GOWORK: 'off',
    GOOS: '',
    GOARCH: '',
  };
}
