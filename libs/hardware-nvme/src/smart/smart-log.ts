/** Bits of the critical warning, lowest first (NVMe base specification, SMART / Health Information log). */
export const warningBits = [
  'available_spare',
  'temperature',
  'reliability',
  'read_only',
  'volatile_backup',
  'pmr_read_only',
] as const;
export type WarningBit = (typeof warningBits)[number];

/**
 * The SMART / health log (log page 02h) of a drive. Counters of 128 bits are
 * exact; what the drive does not report is absent.
 */
export interface SmartLog {
  /** The bitmap of `warningBits`. */
  readonly criticalWarning: number;
  readonly temperatureCelsius?: number;
  /** Percent of spare blocks left, and below which the drive warns. */
  readonly availableSpare: number;
  readonly spareThreshold: number;
  /** Percent of the rated endurance that is used; more than 100 is possible, 255 is its end. */
  readonly percentageUsed: number;
  readonly enduranceGroupWarning: number;
  /** Units of 512,000 bytes. */
  readonly dataUnitsRead: bigint;
  readonly dataUnitsWritten: bigint;
  readonly hostReadCommands: bigint;
  readonly hostWriteCommands: bigint;
  readonly controllerBusyMinutes: bigint;
  readonly powerCycles: bigint;
  readonly powerOnHours: bigint;
  readonly unsafeShutdowns: bigint;
  readonly mediaErrors: bigint;
  /** Grows with harmless commands that are not supported, too. */
  readonly errorLogEntries: bigint;
  readonly warningTemperatureMinutes: number;
  readonly criticalTemperatureMinutes: number;
  /** Degrees Celsius by number of the sensor, 1 to 8; only those there are. */
  readonly sensors: readonly { readonly sensor: number; readonly celsius: number }[];
  /** Of the two levels of thermal management. */
  readonly thermalTransitions: readonly [number, number];
  readonly thermalSeconds: readonly [number, number];
  readonly energyWattHours?: bigint;
}

/** Bytes of one data unit: a thousand blocks of 512 bytes. */
export const dataUnitBytes = 512_000n;

/** Counts from 0 K; the log has whole kelvins. */
export const zeroCelsius = 273;

/** The set bits of a critical warning, by name. */
export function warningsOf(criticalWarning: number): WarningBit[] {
  return warningBits.filter((_, bit) => (criticalWarning >> bit) % 2 === 1);
}
