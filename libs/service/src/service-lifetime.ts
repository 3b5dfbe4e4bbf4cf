import { aborted, type Clock, type HwError, isHwError, Lifetime, type Logger } from '@rackwright/core';
import type { commonOptions } from './common-options.ts';
import { HealthChecks } from './health.ts';
import { createLogger } from './logger.ts';
import { createMetrics } from './metrics.ts';
import type { ConfigOf, OptionSpecs } from './option-spec.ts';
import type { Registry } from './prometheus.ts';
import type { ServiceProcess } from './service-process.ts';

/** What an app's `start` is given. */
export interface ServiceContext<C> {
  /** Version of the app. */
  readonly version: string;
  readonly config: C;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Ends on SIGTERM, SIGINT or a failure; everything the app starts belongs to it. */
  readonly lifetime: Lifetime;
  readonly env: NodeJS.ProcessEnv;
  /** Holds the build info and a few numbers of the process. */
  readonly metrics: Registry;
  /** Already holds the readiness check `process`, which fails once a stop was asked for. */
  readonly health: HealthChecks;
}

export interface ServiceSpec<S extends OptionSpecs> {
  readonly name: string;
  readonly version: string;
  /** One sentence, for `--help`. */
  readonly description: string;
  /** Own options; `commonOptions` are added. */
  readonly options: S;
  /**
   * Runs the app; resolves once its lifetime has ended and everything is
   * stopped. A command that has nothing more to do may resolve earlier.
   *
   * Possible errors: HwError InvalidArgument with a flag as its field when
   * options do not fit together (exit code 2); anything else is exit code 1.
   */
  readonly start: (context: ServiceContext<ConfigOf<S>>) => Promise<void>;
  /** Longest wait for `start` to return after a stop was asked for, in milliseconds. Default 20 000. */
  readonly stopTimeoutMs?: number;
}

/** Exit codes of every app. */
export const exitCode = { clean: 0, failure: 1, usage: 2 } as const;

/**
 * Runs `start` until it is done, cannot stop in time or the process crashes.
 * Signal handlers are set before anything is begun: as PID 1 of a container a
 * process without them ignores SIGTERM.
 */
export async function runLifetime<S extends OptionSpecs>(
  spec: ServiceSpec<S>,
  self: ServiceProcess,
  config: ConfigOf<S> & ConfigOf<typeof commonOptions>,
): Promise<number> {
  const { clock, env } = self;
  const write = (line: string): unknown => self.stdout.write(line);
  const logger = createLogger({ app: spec.name, level: config.logLevel, clock, write });
  const lifetime = new Lifetime({ logger });
  logger.info('starting', { version: spec.version, node: process.versions.node, config });
  using watch = watchProcess(self, lifetime, logger);
  const health = new HealthChecks({ clock });
  health.addReadiness('process', () =>
    lifetime.signal.aborted ? { ok: false, message: 'stopping' } : { ok: true },
  );
  const metrics = createMetrics({
    app: spec.name,
    version: spec.version,
    startedAtMs: clock.now() - process.uptime() * 1000,
  });
  const work = async (): Promise<void> => {
    await using owned = lifetime;
    await spec.start({ version: spec.version, config, logger, clock, lifetime: owned, env, metrics, health });
  };
  const settled = new AbortController();
  const end = await Promise.race([
    work().catch((error: unknown) => failureOf(error, lifetime, logger)),
    lateEnd(lifetime, watch, clock, spec.stopTimeoutMs ?? 20_000, settled.signal).then((why) => {
      if (why !== undefined) logger.error(why, { remedy: 'whatever was still running is abandoned' });
      return why;
    }),
  ]);
  // Whoever runs an app inside another program must not find its stop timer still ticking.
  settled.abort();
  const failed = end !== undefined || lifetime.failure !== undefined || watch.crashed;
  const code = failed ? exitCode.failure : exitCode.clean;
  logger.info('stopped', { code });
  return code;
}

/** What the process was told or suffered while the app ran. */
interface ProcessWatch extends Disposable {
  /** An uncaught error or unhandled rejection was seen. */
  readonly crashed: boolean;
  /** Aborts when a second signal says that waiting is over. */
  readonly hurry: AbortSignal;
}

function watchProcess(self: ServiceProcess, lifetime: Lifetime, logger: Logger): ProcessWatch {
  const hurry = new AbortController();
  let crashed = false;
  const onSignal = (signal: unknown): void => {
    logger.info(lifetime.signal.aborted ? 'stopping at once' : 'stopping', { signal });
    if (lifetime.signal.aborted) hurry.abort();
    else lifetime.stop(new Error(`${signal} received`));
  };
  const onCrash = (error: unknown): void => {
    crashed = true;
    logger.error('uncaught error', { error, stack: error instanceof Error ? error.stack : undefined });
    lifetime.stop(error);
  };
  const listeners = {
    SIGTERM: onSignal,
    SIGINT: onSignal,
    uncaughtException: onCrash,
    unhandledRejection: onCrash,
  };
  for (const [event, listener] of Object.entries(listeners)) self.on(event, listener);
  const early = self.takeEarlySignal();
  if (early !== undefined) onSignal(early);
  return {
    get crashed() {
      return crashed;
    },
    hurry: hurry.signal,
    [Symbol.dispose]: () => {
      for (const [event, listener] of Object.entries(listeners)) self.off(event, listener);
    },
  };
}

/** Logs what ended `start` early; undefined if it only passed on the reason it was stopped for. */
function failureOf(error: unknown, lifetime: Lifetime, logger: Logger): unknown {
  if (isUsageError(error)) throw error;
  if (lifetime.signal.aborted && error === lifetime.signal.reason) return undefined;
  logger.error('failed', { error });
  return error;
}

/** An error about flags, such as options that are fine alone but do not fit together. */
export function isUsageError(error: unknown): error is HwError {
  return isHwError(error, 'InvalidArgument') && error.field?.startsWith('--') === true;
}

/** Says why the app has to end although it is still stopping; undefined once it has `settled`. */
async function lateEnd(
  lifetime: Lifetime,
  watch: ProcessWatch,
  clock: Clock,
  stopTimeoutMs: number,
  settled: AbortSignal,
): Promise<string | undefined> {
  await aborted(lifetime.signal);
  const late = clock.sleep(stopTimeoutMs, settled).then(
    () => `did not stop within ${stopTimeoutMs} ms`,
    () => undefined,
  );
  return Promise.race([late, aborted(watch.hurry).then(() => 'told twice to stop')]);
}
