import type { Logger } from '@rackwright/core';
import type { Allocation } from './pod-devices.ts';

/** What the devices of a container add to it. */
export interface DeviceOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly mounts: readonly { containerPath: string; hostPath: string; readOnly: boolean }[];
  readonly devices: readonly { containerPath: string; hostPath: string; permissions: string }[];
  readonly annotations: Readonly<Record<string, string>>;
  /** Fully qualified CDI names. */
  readonly cdiDevices: readonly string[];
}

/**
 * Puts together what several plugins answered for one container. Of two
 * answers for the same variable, container path or annotation the first counts.
 */
export function mergeAllocations(allocations: readonly Allocation[], logger: Logger): DeviceOptions {
  const env = new Map<string, string>();
  const annotations = new Map<string, string>();
  const mounts = new Map<string, DeviceOptions['mounts'][number]>();
  const devices = new Map<string, DeviceOptions['devices'][number]>();
  const cdi = new Set<string>();
  const add = <T>(map: Map<string, T>, key: string, value: T): void => {
    if (map.has(key)) logger.warn('two device plugins set the same thing', { key });
    else map.set(key, value);
  };
  for (const { response } of allocations) {
    for (const [name, value] of Object.entries(response.envs)) add(env, name, value);
    for (const [name, value] of Object.entries(response.annotations)) add(annotations, name, value);
    for (const mount of response.mounts) add(mounts, mount.containerPath, mount);
    for (const device of response.devices) add(devices, device.containerPath, device);
    for (const { name } of response.cdiDevices) cdi.add(name);
  }
  return {
    env: Object.fromEntries(env),
    annotations: Object.fromEntries(annotations),
    mounts: [...mounts.values()],
    devices: [...devices.values()],
    cdiDevices: [...cdi],
  };
}
