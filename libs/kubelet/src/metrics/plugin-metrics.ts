import type { ErrorCode } from '@rackwright/core';
import type { Device } from '../hardware-profile.ts';

/** The calls of the device plugin protocol that may be refused. */
export type PluginCall = 'Allocate' | 'GetPreferredAllocation' | 'PreStartContainer';

/** What a plugin tells about its work with the kubelet. */
export interface PluginMetrics {
  /** The kubelet took a registration, or refused or missed it. */
  registered(resource: string, success: boolean): void;
  /** One list went out on a stream. */
  listed(resource: string, devices: readonly Device[]): void;
  /** One Allocate call was answered; `devices` is how many it allocated. */
  allocated(resource: string, devices: number): void;
  refused(resource: string, call: PluginCall, code: ErrorCode): void;
}

/** Metrics that drop everything. */
export const noPluginMetrics: PluginMetrics = {
  registered: () => undefined,
  listed: () => undefined,
  allocated: () => undefined,
  refused: () => undefined,
};
