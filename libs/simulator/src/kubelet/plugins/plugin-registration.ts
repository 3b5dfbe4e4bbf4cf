import { type Clock, errorMessage, HwError } from '@rackwright/core';
import { callOnce } from '@rackwright/grpc';
import { pluginregistration } from '@rackwright/kubelet';
import type { Plugin, PluginHandler, PluginHandlers } from './plugin-handler.ts';

/** How long a plugin has to say what it is, in milliseconds, as with the kubelet. */
const infoMs = 1000;
/** How long it has to hear whether it was taken. */
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
  const { getInfo } = pluginregistration.RegistrationService;
  const info = await callOnce({ ...at, method: getInfo, request: {}, what: 'GetInfo', timeoutMs: infoMs });
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
  await notify(at, true, '').catch(async (error: unknown) => {
    await handler.deregister(plugin);
    throw error;
  });
  return { plugin, handler };
}

async function refuse(at: RegistrationSocket, why: string): Promise<never> {
  const error = `RegisterPlugin error -- ${why}`;
  await notify(at, false, error);
  throw new HwError('FailedPrecondition', error);
}

async function notify(at: RegistrationSocket, pluginRegistered: boolean, error: string): Promise<void> {
  const { notifyRegistrationStatus: method } = pluginregistration.RegistrationService;
  const request = { pluginRegistered, error };
  await callOnce({ ...at, method, request, what: 'NotifyRegistrationStatus', timeoutMs: notifyMs });
}
