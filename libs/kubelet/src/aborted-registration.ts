import { Server, status } from '@grpc/grpc-js';
import { type Clock, errorMessage, isHwError } from '@rackwright/core';
import { defaultLimits, ServerSocket, serverOptions } from '@rackwright/grpc';
import { DevicePluginService } from './gen/deviceplugin/v1beta1/api.ts';
import type { HardwareProfile } from './hardware-profile.ts';
import { register } from './registration.ts';

/** The kubelet logs and returns this text; it proves that the registration failed because of us. */
const planned = 'refused on purpose: an earlier plugin of the resource is still running';

/** One registration that fails on purpose. */
export interface AbortedRegistrationOptions {
  readonly folder: string;
  /** File name for the socket of this registration. */
  readonly socket: string;
  readonly profile: HardwareProfile;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Makes the kubelet drop the client that it would disconnect when a stream of
 * this resource ends. Up to 1.36 it keeps one client per resource and, when any
 * stream of the resource ends, disconnects whichever client that is
 * (pkg/kubelet/cm/devicemanager/plugin/v1beta1/handler.go, runClient). A
 * registration that fails while it asks for the plugin's options leaves none:
 * streams, devices and their health stay as they are. Later kubelets tell
 * plugins apart; there the failed registration changes nothing.
 *
 * @returns false if the kubelet accepted the registration, as those before 1.25
 *   do, which do not ask for options: the real plugin must then register again
 * @throws HwError if the registration failed before the kubelet asked for options
 */
export async function abortRegistration(options: AbortedRegistrationOptions): Promise<boolean> {
  const { folder, socket, clock } = options;
  const server = new Server(serverOptions(defaultLimits));
  server.addService(DevicePluginService, {
    getDevicePluginOptions: (_call: unknown, done: (error: { code: number; details: string }) => void) =>
      done({ code: status.FAILED_PRECONDITION, details: planned }),
  });
  const file = await ServerSocket.bind(server, { folder, name: socket, clock });
  try {
    await register({ ...options, stands: () => file.stands });
    return false;
  } catch (error) {
    if (isHwError(error) && errorMessage(error).includes(planned)) return true;
    throw error;
  } finally {
    file.remove();
    file.close();
    server.forceShutdown();
  }
}
