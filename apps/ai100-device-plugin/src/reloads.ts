import { errorMessage, Latest, Lifetime } from '@rackwright/core';
import {
  commonOptions,
  containerPath,
  loadConfig,
  type ServiceContext,
  type ServiceProcess,
} from '@rackwright/service';
import { type AgentConfig, options } from './options/index.ts';
import { settings } from './settings.ts';

type Context = ServiceContext<AgentConfig>;

/** What tells the agent something while it runs. */
export interface AgentSignals {
  on(name: 'SIGHUP' | 'SIGUSR1', listener: () => void): unknown;
  off(name: 'SIGHUP' | 'SIGUSR1', listener: () => void): unknown;
}

/** Where signals come from, and the configuration as it is now. */
export interface Reloads {
  readonly signals: AgentSignals;
  /** @throws HwError InvalidArgument if it makes no sense */
  readonly readConfig: () => AgentConfig;
}

/** The agent from one reading of its configuration to the next; `rescans` grows when a look is asked for. */
export type Run = (context: Context, rescans: Latest<number>) => Promise<void>;

/** The command line and the environment of a process stay; the file that `--config` names is read anew. */
export function reloadsOf(self: ServiceProcess): Reloads {
  const { argv, env } = self;
  const readFile = (path: string): string => self.readFile(containerPath(path, env));
  return {
    signals: self,
    readConfig: () => loadConfig({ ...commonOptions, ...options }, { argv, env, readFile }),
  };
}

/**
 * Runs the agent, and after each SIGHUP runs it anew as its configuration says
 * then: it registers with the kubelet again, and mounts stay. A configuration
 * that makes no sense is not taken. SIGUSR1 asks for a look at the node at once.
 */
export async function runWithReloads(
  context: Context,
  { signals, readConfig }: Reloads,
  run: Run,
): Promise<void> {
  const { lifetime, logger } = context;
  const rescans = new Latest(0);
  let { config } = context;
  let own = new Lifetime({ parent: lifetime.signal, logger });
  const onHangUp = (): void => {
    try {
      config = checked(readConfig());
      logger.info('configuration read again', { config });
      own.stop(new Error('SIGHUP received'));
    } catch (error) {
      logger.error('configuration not taken; the one before counts', { error: errorMessage(error) });
    }
  };
  const onUser = (): void => void rescans.set(rescans.value + 1);
  signals.on('SIGHUP', onHangUp);
  signals.on('SIGUSR1', onUser);
  try {
    while (!lifetime.signal.aborted) {
      await runOnce({ ...context, config, lifetime: own, health: context.health.copy() }, rescans, run);
      own = new Lifetime({ parent: lifetime.signal, logger });
    }
  } finally {
    signals.off('SIGHUP', onHangUp);
    signals.off('SIGUSR1', onUser);
    await own[Symbol.asyncDispose]();
  }
}

/** Whatever the run began has ended afterwards, and its metrics are gone. */
async function runOnce(context: Context, rescans: Latest<number>, run: Run): Promise<void> {
  const { lifetime, metrics } = context;
  const before = new Set(metrics.getMetricsAsArray().map(({ name }) => name));
  try {
    await run(context, rescans);
  } catch (error) {
    if (!lifetime.signal.aborted || error !== lifetime.signal.reason) throw error;
  } finally {
    await lifetime[Symbol.asyncDispose]();
    for (const { name } of metrics.getMetricsAsArray())
      if (!before.has(name)) metrics.removeSingleMetric(name);
  }
  if (lifetime.failure !== undefined) throw lifetime.failure;
}

function checked(config: AgentConfig): AgentConfig {
  settings(config);
  return config;
}
