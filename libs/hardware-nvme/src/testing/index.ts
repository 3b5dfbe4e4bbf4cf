import type { Observation } from '../health/observation.ts';
import type { SmartLog } from '../smart/smart-log.ts';

/** The log of a drive that is well. */
export const goodLog: SmartLog = {
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
