import type { CxiDevice, DeviceHealth, RetryHandlerEntry, SeenRetryHandlers } from '@rackwright/hardware-cxi';
import type { DriverState } from './driver/verify.ts';
import type { HandlerStats } from './retry-handler/stats-watch.ts';

/** Everything known of the node at one moment. */
export interface NodeSnapshot {
  readonly driver: DriverState;
  readonly devices: readonly CxiDevice[];
  /** Names of devices that are there, or may be, and could never be read. */
  readonly unidentified: readonly string[];
  readonly retryHandlers: SeenRetryHandlers;
  readonly stats: ReadonlyMap<string, HandlerStats>;
  /** Names of the NICs that somebody took out of service. */
  readonly outOfService: ReadonlySet<string>;
  /** Device nodes that cannot be opened, by device: the error's name. */
  readonly nodeErrors: ReadonlyMap<string, string>;
}

/** One device with all that is published of it. */
export interface DeviceView {
  readonly device: CxiDevice;
  readonly health: DeviceHealth;
  readonly retryHandler?: RetryHandlerEntry;
  readonly stats?: HandlerStats;
}

/** How things are published. */
export interface PublicationPolicy {
  readonly requireRetryHandler: boolean;
  readonly switchIdMask: number;
  /** An unchanged status is written again after about this long, in milliseconds. */
  readonly heartbeatMs: number;
  /** A CXIDevice whose NIC vanished stays about this long, in milliseconds; default 0, not at all. */
  readonly forgetAfterMs?: number;
}
