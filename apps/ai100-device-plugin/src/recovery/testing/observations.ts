import type { Observation, SmartLog } from '@rackwright/hardware-nvme';

/** The log of a drive that is well. */
const goodLog: SmartLog = {
  criticalWarning: 0,
  temperatureCelsius: 45,
  availableSpare: 100,
  spareThreshold: 5,
  percentageUsed: 3,
  enduranceGroupWarning: 0,
  dataUnitsRead: 0n,
  dataUnitsWritten: 0n,
  hostReadCommands: 0n,
  hostWriteCommands: 0n,
  controllerBusyMinutes: 0n,
  powerCycles: 0n,
  powerOnHours: 0n,
  unsafeShutdowns: 0n,
  mediaErrors: 0n,
  errorLogEntries: 0n,
  warningTemperatureMinutes: 0,
  criticalTemperatureMinutes: 0,
  sensors: [],
  thermalTransitions: [0, 0],
  thermalSeconds: [0, 0],
};

/** A look at a drive that is well. */
export const well: Observation = {
  present: true,
  controllerState: 'live',
  sizeBytes: 2_000_398_934_016n,
  readOnly: false,
  smart: { kind: 'read', log: goodLog },
  thresholds: { warningCelsius: 70, criticalCelsius: 85 },
};

const skipped = { kind: 'skipped' } as const;
const { sizeBytes: _, ...withoutNamespace } = well;

/** Looks at drives that are not. */
export const looks = {
  silent: { ...well, smart: { kind: 'failed', message: 'nvme smart-log: timed out' } },
  lostNamespace: withoutNamespace,
  gone: { present: false, readOnly: false, smart: skipped },
  readOnly: { ...well, readOnly: true },
  grown: { ...well, sizeBytes: 512n },
  dead: { ...well, controllerState: 'dead', sizeBytes: 0n, smart: skipped },
  resetting: { ...well, controllerState: 'resetting', smart: skipped },
  unreliable: withLog({ criticalWarning: 4 }),
  hot: withLog({ temperatureCelsius: 86 }),
} as const satisfies Readonly<Record<string, Observation>>;

/** A look that reads a log with these values. */
export function withLog(changes: Partial<SmartLog>): Observation {
  return { ...well, smart: { kind: 'read', log: { ...goodLog, ...changes } } };
}
