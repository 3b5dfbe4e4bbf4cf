import { join } from 'node:path';
import { type Clock, HwError } from '@rackwright/core';
import { callOnce, socketPath } from '@rackwright/grpc';
import { RegistrationService } from './gen/deviceplugin/v1beta1/api.ts';
import type { HardwareProfile } from './hardware-profile.ts';
import { pluginOptions } from './plugin-service.ts';

/** The protocol's version (k8s.io/kubelet deviceplugin/v1beta1 constants). */
const API_VERSION = 'v1beta1';

/** The kubelet's socket in the device plugin folder. */
export const KUBELET_SOCKET = 'kubelet.sock';

/** The kubelet dials the plugin back within the call, for up to 10 s. */
const REGISTER_TIMEOUT_MS = 12_000;

/** Names the kubelet's socket in `folder`. */
export function kubeletSocket(folder: string): string {
  return join(folder, KUBELET_SOCKET);
}

/** One registration with the kubelet. */
export interface Registration {
  readonly folder: string;
  /** File name of the plugin's socket in `folder`. */
  readonly socket: string;
  /** Whether that socket is still the plugin's own. */
  readonly stands: () => boolean;
  readonly profile: HardwareProfile;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** Time limit in milliseconds. Default 12 s. */
  readonly timeoutMs?: number;
}

/**
 * Tells the kubelet of a resource whose server already listens.
 *
 * A kubelet that starts removes every socket of the folder before it listens. If it
 * did so after the last look at the folder, it would try for ten seconds to reach a
 * socket that is gone; so it is only told once it is known to have left ours alone.
 *
 * @throws HwError Unavailable while no kubelet answers or if the socket is gone, or what the kubelet refuses with
 */
export async function register(registration: Registration): Promise<void> {
  const { folder, socket, stands, profile, clock, signal, timeoutMs = REGISTER_TIMEOUT_MS } = registration;
  const what = `registering ${profile.resource}`;
  await callOnce({
    socket: socketPath(folder, KUBELET_SOCKET),
    method: RegistrationService.register,
    request: {
      version: API_VERSION,
      endpoint: socket,
      resourceName: profile.resource,
      options: pluginOptions(profile),
    },
    what,
    accepted: () => {
      if (!stands()) throw new HwError('Unavailable', `${what}: the kubelet has removed ${socket}`);
    },
    clock,
    timeoutMs,
    signal,
  });
}
