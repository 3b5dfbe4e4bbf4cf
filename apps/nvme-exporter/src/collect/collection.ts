import type {
  AgentCache,
  AgentDevice,
  AgentSnapshot,
  Disk,
  DriveDetails,
  NvmeController,
  SmartLog,
  TemperatureThresholds,
} from '@rackwright/hardware-nvme';

/** Where a failure happened: the label `source` of the errors. */
export const errorSources = ['smart', 'identify', 'sysfs', 'lvm', 'mount'] as const;
export type ErrorSource = (typeof errorSources)[number];

/** What went wrong with a drive, and since when, in milliseconds since the epoch. */
export interface DriveError {
  readonly source: ErrorSource;
  readonly message: string;
  readonly sinceMs: number;
}

/** What the drive itself said, by whichever way. */
export interface DriveAnswer {
  /** Whether the newest attempt to read the log came to something. */
  readonly up: boolean;
  /** The newest log, until too many attempts in a row failed. */
  readonly smart?: { readonly log: SmartLog; readonly atMs: number };
  readonly thresholds?: TemperatureThresholds;
  /** Of hwmon, where there is no tool that reads the log. */
  readonly hwmonCelsius?: number;
  readonly error?: DriveError;
  /** How long the newest attempt took, and when it ended; absent before the first. */
  readonly attempt?: { readonly seconds: number; readonly atMs: number };
}

/** A drive with all that is told of it. */
export interface DriveReading extends DriveAnswer {
  readonly controller: NvmeController;
  readonly details: DriveDetails;
  /** Value of the label `device`. */
  readonly label: string;
  readonly isAi100: boolean;
  readonly firmwareCompliant: boolean;
  /** What the device plugin says of it. */
  readonly agent?: AgentDevice;
}

/** A cache volume; what only LVM knows is absent where no device plugin tells. */
export interface CacheReading {
  readonly layout?: AgentCache['layout'];
  readonly vg: Pick<AgentCache['vg'], 'name'> & Partial<AgentCache['vg']>;
  readonly lv?: Omit<NonNullable<AgentCache['lv']>, 'stripeBytes'> & { readonly stripeBytes?: string };
  readonly mount?: NonNullable<AgentCache['mount']>;
}

/** How often something failed since the start. */
export interface ErrorCount {
  /** Name of a controller; empty for what is no drive's failure. */
  readonly device: string;
  readonly source: ErrorSource;
  readonly count: number;
}

/** Everything that is told, as it was known at one time. */
export interface Collection {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  readonly drives: readonly DriveReading[];
  /** Those that are no NVMe drives, where they are asked for. */
  readonly disks: readonly Disk[];
  readonly caches: readonly CacheReading[];
  /** Where a cache should be mounted. */
  readonly mountPath: string;
  /** The device plugin's own words, while they are fresh. */
  readonly agent?: AgentSnapshot;
  readonly errors: readonly ErrorCount[];
  readonly nvmeCliVersion?: string;
  /** Whether the operator took the newest handshake, as of now; absent where none is made. */
  readonly handshakeUp?: boolean;
}
