import type { CxiDevice, DeviceHealth, RetryHandlerEntry } from '@rackwright/hardware-cxi';

/** Where facts come from; the values of the label `source`, and of `type` of the errors. */
export const sourceNames = [
  'device_discovery',
  'driver',
  'telemetry',
  'retry_handler',
  'retry_handler_stats',
] as const;

export type SourceName = (typeof sourceNames)[number];

/** How reading one source went. */
export interface SourceOutcome {
  readonly source: SourceName;
  readonly seconds: number;
  /** Why it failed; absent after success. */
  readonly error?: string;
}

/** A device with what is read of it only for metrics. */
export interface CollectedDevice {
  readonly device: CxiDevice;
  readonly health: DeviceHealth;
  /** Values by file of the retry handler's statistics; empty without a handler. */
  readonly retryHandlerStats: ReadonlyMap<string, string>;
  /** What the supervisor says about the retry handler. */
  readonly retryHandler?: RetryHandlerEntry;
  /** Restarts of the link seen so far. */
  readonly linkRestarts: number;
  /** Whether CXI service 1 is enabled; absent where debugfs is not readable. */
  readonly defaultServiceEnabled?: boolean;
}

/** Everything one scrape tells, read from the host at one time. */
export interface Collection {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Absent when /proc/modules cannot be read. */
  readonly modules?: ReadonlySet<string>;
  /** Whether the devices could ever be listed; until then nobody knows that there are none. */
  readonly listed: boolean;
  readonly devices: readonly CollectedDevice[];
  /** Telemetry of all devices, as exposition text; good until the next collection. */
  readonly telemetry: Uint8Array;
  readonly outcomes: readonly SourceOutcome[];
  /** Failures of each source since the start. */
  readonly errors: ReadonlyMap<SourceName, number>;
}
