/** The SMART / health log of a drive; counters that may pass 2^53 are decimal text. */
export interface SmartLog {
  /** Bits: 0 spare, 1 temperature, 2 reliability, 3 read-only, 4 volatile backup, 5 persistent memory region. */
  readonly criticalWarning: number;
  /** Kelvin; 0 is not reported. */
  readonly temperature: number;
  /** Percent, as the next two. */
  readonly availableSpare: number;
  readonly spareThreshold: number;
  readonly percentageUsed: number;
  readonly enduranceGroupWarning: number;
  /** Of 512,000 bytes. */
  readonly dataUnitsRead: string;
  readonly dataUnitsWritten: string;
  readonly hostReadCommands: string;
  readonly hostWriteCommands: string;
  /** Minutes. */
  readonly controllerBusyTime: string;
  readonly powerCycles: string;
  readonly powerOnHours: string;
  readonly unsafeShutdowns: string;
  readonly mediaErrors: string;
  readonly errorLogEntries: string;
  /** Minutes above the warning and the critical temperature. */
  readonly warningTemperatureTime: number;
  readonly criticalTemperatureTime: number;
  /** Kelvin of sensors 1 to 8; 0 for one that is absent. */
  readonly temperatureSensors: readonly number[];
  /** Of light and heavy thermal throttling. */
  readonly thermalTransitions: readonly [number, number];
  /** Seconds. */
  readonly thermalTransitionTime: readonly [number, number];
}

/** Of a drive that is well and has worked for a year. */
export const healthyDrive: SmartLog = {
  criticalWarning: 0,
  temperature: 318,
  availableSpare: 100,
  spareThreshold: 5,
  percentageUsed: 3,
  enduranceGroupWarning: 0,
  dataUnitsRead: '8123456789',
  dataUnitsWritten: '21386718750',
  hostReadCommands: '91234567890',
  hostWriteCommands: '170123456789',
  controllerBusyTime: '20160',
  powerCycles: '41',
  powerOnHours: '8123',
  unsafeShutdowns: '12',
  mediaErrors: '0',
  errorLogEntries: '77',
  warningTemperatureTime: 0,
  criticalTemperatureTime: 0,
  temperatureSensors: [321],
  thermalTransitions: [0, 0],
  thermalTransitionTime: [0, 0],
};

/** After so many more hours as those of `healthyDrive` were. */
export function afterWork(log: SmartLog, hours: number): SmartLog {
  const grown = (counter: keyof Grown): string =>
    String(
      BigInt(log[counter]) +
        (BigInt(healthyDrive[counter]) * BigInt(hours)) / BigInt(healthyDrive.powerOnHours),
    );
  return {
    ...log,
    dataUnitsRead: grown('dataUnitsRead'),
    dataUnitsWritten: grown('dataUnitsWritten'),
    hostReadCommands: grown('hostReadCommands'),
    hostWriteCommands: grown('hostWriteCommands'),
    controllerBusyTime: grown('controllerBusyTime'),
    powerOnHours: grown('powerOnHours'),
  };
}

/** Counters that grow with ordinary work. */
type Grown = Pick<
  SmartLog,
  | 'dataUnitsRead'
  | 'dataUnitsWritten'
  | 'hostReadCommands'
  | 'hostWriteCommands'
  | 'controllerBusyTime'
  | 'powerOnHours'
>;

/** The log page as the drive sends it (NVMe base specification, log identifier 02h). */
export function smartPage(log: SmartLog): Uint8Array {
  const page = Buffer.alloc(512);
  page.writeUInt8(log.criticalWarning, 0);
  page.writeUInt16LE(log.temperature, 1);
  page.writeUInt8(log.availableSpare, 3);
  page.writeUInt8(log.spareThreshold, 4);
  page.writeUInt8(Math.min(log.percentageUsed, 255), 5);
  page.writeUInt8(log.enduranceGroupWarning, 6);
  counters(log).forEach((counter, i) => {
    writeUInt128(page, BigInt(counter), 32 + 16 * i);
  });
  page.writeUInt32LE(log.warningTemperatureTime, 192);
  page.writeUInt32LE(log.criticalTemperatureTime, 196);
  log.temperatureSensors.slice(0, 8).forEach((kelvin, i) => {
    page.writeUInt16LE(kelvin, 200 + 2 * i);
  });
  [...log.thermalTransitions, ...log.thermalTransitionTime].forEach((value, i) => {
    page.writeUInt32LE(value, 216 + 4 * i);
  });
  return page;
}

/** In the order of the page. */
function counters(log: SmartLog): string[] {
  return [
    log.dataUnitsRead,
    log.dataUnitsWritten,
    log.hostReadCommands,
    log.hostWriteCommands,
    log.controllerBusyTime,
    log.powerCycles,
    log.powerOnHours,
    log.unsafeShutdowns,
    log.mediaErrors,
    log.errorLogEntries,
  ];
}

function writeUInt128(page: Buffer, value: bigint, at: number): void {
  page.writeBigUInt64LE(BigInt.asUintN(64, value), at);
  page.writeBigUInt64LE(BigInt.asUintN(64, value >> 64n), at + 8);
}
