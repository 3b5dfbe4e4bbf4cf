import { Backoff, type Clock, errorMessage, type Logger } from '@rackwright/core';
import { CsiClient, csi } from '@rackwright/csi';
import { PluginRegistrar } from '@rackwright/kubelet';
import { type ConfigOf, containerPath, HttpEndpoints, type ServiceContext } from '@rackwright/service';
import { listenAt } from '../listen-at.ts';
import type { registrarOptions } from './options.ts';

type Context = ServiceContext<ConfigOf<typeof registrarOptions>>;

/** Between two questions to a driver that does not answer, in milliseconds. */
const retry = { initialMs: 250, maxMs: 5000 };

/**
 * Registers the driver once it answers, until the lifetime ends.
 *
 * @throws what `PluginRegistrar.start` does
 */
export async function startRegistrar(context: Context): Promise<void> {
  const { config, clock, logger, lifetime, env } = context;
  const client = new CsiClient({
    endpoint: `unix://${containerPath(config.csiAddress.replace(/^unix:\/\//, ''), env)}`,
    clock,
    timeoutMs: config.timeout,
  });
  const driver = await driverName(client, { clock, logger, signal: lifetime.signal });
  const registrar = new PluginRegistrar({
    plugin: {
      type: 'CSIPlugin',
      name: driver,
      endpoint: config.kubeletRegistrationPath.replace(/^unix:\/\//, ''),
      supportedVersions: ['1.0.0'],
    },
    folder: containerPath(config.pluginRegistrationPath, env),
    socket: `${driver}-reg.sock`,
    ...{ clock, logger },
  });
  const at = listenAt(config.httpEndpoint);
  if (at !== undefined) {
    context.health.addLiveness('registration', () => {
      const message = registrar.missing();
      return message === undefined ? { ok: true } : { ok: false, message };
    });
    const endpoints = new HttpEndpoints({ ...context, ...at, routes: {} });
    lifetime.spawn(endpoints.name, (signal) => endpoints.start(signal));
  }
  await registrar.start(lifetime.signal);
}

/** Asks the driver until it answers: it may still be looking at its devices. */
async function driverName(
  client: CsiClient,
  { clock, logger, signal }: { clock: Clock; logger: Logger; signal: AbortSignal },
): Promise<string> {
  const backoff = new Backoff(retry);
  for (;;) {
    try {
      const { name } = await client.call(csi.IdentityService.getPluginInfo, {}, { signal });
      logger.info('driver found', { driver: name });
      return name;
    } catch (error) {
      signal.throwIfAborted();
      logger.info('the driver does not answer yet', { error: errorMessage(error) });
      await clock.sleep(backoff.next(), signal);
    }
  }
}
