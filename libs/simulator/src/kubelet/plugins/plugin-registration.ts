import { type Clock, errorMessage, HwError } from '@rackwright/core';
import { PluginSocket } from '@rackwright/kubelet';
import type { Plugin, PluginHandler, PluginHandlers } from './plugin-handler.ts';

/** How long a plugin has to hear whether it was taken, in milliseconds, as with the kubelet. */
const notifyMs = 5000;

/** A socket on which a plugin registers. */
export interface RegistrationSocket {
  /** On this machine. */
  readonly socket: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** A plugin that was taken, and by whom. */
export interface Registration {
  readonly plugin: Plugin;
  readonly handler: PluginHandler;
}

/**
 * Asks a plugin what it is, has it taken, and tells it so
 * (pkg/kubelet/pluginmanager/operationexecutor).
 *
 * @throws HwError when it does not answer or is not taken; of the latter it is told
 */
export async function registerPlugin(
  at: RegistrationSocket,
  handlers: PluginHandlers,
): Promise<Registration> {
  const info = await new PluginSocket(at).getInfo(at.signal);
  const plugin = { name: info.name, endpoint: info.endpoint, versions: info.supportedVersions };
  const handler = handlers.get(info.type);
  if (handler === undefined) {
    return refuse(at, `no handler registered for plugin type: ${info.type} at socket ${at.socket}`);
  }
  try {
    handler.validate(plugin);
  } catch (error) {
    return refuse(at, `plugin validation failed with err: ${errorMessage(error)}`);
  }
  try {
    await handler.register(plugin, at.signal);
  } catch (error) {
    return refuse(at, `plugin registration failed with err: ${errorMessage(error)}`);
  }
  await notify(at).catch(async (error: unknown) => {
    await handler.deregister(plugin);
    throw error;
  });
  return { plugin, handler };
}

async function refuse(at: RegistrationSocket, why: string): Promise<never> {
  const error = `RegisterPlugin error -- ${why}`;
  await notify(at, error);
  throw new HwError('FailedPrecondition', error);
}

function notify(at: RegistrationSocket, error?: string): Promise<void> {
  return new PluginSocket({ ...at, timeoutMs: notifyMs }).notify(error, at.signal);
}
