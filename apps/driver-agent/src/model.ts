import type { DeviceVerdict, RetryHandlerEntry, SeenRetryHandlers } from '@rackwright/hardware-cxi';
import type { DriverState } from './driver/verify.ts';
import type { HandlerStats } from './retry-handler/stats-watch.ts';

/** Everything known of the node at one moment. */
export interface NodeSnapshot {
  readonly driver: DriverState;
  /** The NICs, and the verdict on each. */
  readonly verdicts: readonly DeviceVerdict[];
  /** Names of devices that are there, or may be, and could never be read. */
  readonly unidentified: readonly string[];
  readonly retryHandlers: SeenRetryHandlers;
  readonly stats: ReadonlyMap<string, HandlerStats>;
  /** Names of the NICs that somebody took out of service. */
  readonly outOfService: ReadonlySet<string>;
}

/** One device with all that is published of it. */
export interface DeviceView extends DeviceVerdict {
  readonly retryHandler?: RetryHandlerEntry;
  readonly stats?: HandlerStats;
}

/** How things are published. */
export interface PublicationPolicy {
  readonly switchIdMask: number;
  /** An unchanged status is written again after about this long, in milliseconds. */
  readonly heartbeatMs: number;
  /** A CXIDevice whose NIC vanished stays about this long, in milliseconds; default 0, not at all. */
  readonly forgetAfterMs?: number;
}
