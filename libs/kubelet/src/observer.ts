import type { ErrorCode } from '@rackwright/core';
import type { OfferedDevice } from './hardware-profile.ts';

/** The calls of the device plugin protocol that may be refused. */
export type PluginCall = 'Allocate' | 'GetPreferredAllocation' | 'PreStartContainer';

/** What a plugin tells about its work; an app turns it into metrics. */
export interface PluginObserver {
  /** The kubelet took a registration, or refused or missed it. */
  registered(resource: string, success: boolean): void;
  /** One list went out on a stream. */
  listed(resource: string, devices: readonly OfferedDevice[]): void;
  /** One Allocate call was answered; `devices` is how many it handed out. */
  granted(resource: string, devices: number): void;
  refused(resource: string, call: PluginCall, code: ErrorCode): void;
}

/** An observer that drops everything. */
export const silentObserver: PluginObserver = {
  registered: () => undefined,
  listed: () => undefined,
  granted: () => undefined,
  refused: () => undefined,
};
