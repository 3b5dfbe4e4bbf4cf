import { dataUnitBytes, warningBits } from '@rackwright/hardware-nvme';
import { nvmeMetric as names } from '@rackwright/keys';
import { type Family, perDrive, perLog, severalPerDrive } from './family.ts';

/** Metrics of the SMART log. */
export const logFamilies: readonly Family[] = [
  perLog(
    { name: names.availableSpare, type: 'gauge', help: 'Spare blocks that are left, 1 for all.' },
    ({ availableSpare }) => availableSpare / 100,
  ),
  perLog(
    { name: names.availableSpareThreshold, type: 'gauge', help: 'Spare blocks below which the drive warns.' },
    ({ spareThreshold }) => spareThreshold / 100,
  ),
  perLog(
    { name: names.percentageUsed, type: 'gauge', help: 'Used part of the rated endurance; may pass 1.' },
    ({ percentageUsed }) => percentageUsed / 100,
  ),
  perLog(
    { name: names.criticalWarning, type: 'gauge', help: 'Bitmap of the critical warnings; 0 for none.' },
    ({ criticalWarning }) => criticalWarning,
  ),
  severalPerDrive(
    { name: names.criticalWarningState, type: 'gauge', help: 'Whether the drive gives this warning.' },
    ['type'],
    ({ smart }) =>
      smart === undefined
        ? []
        : warningBits.map((type, bit) => [{ type }, (smart.log.criticalWarning >> bit) % 2]),
  ),
  perDrive(
    { name: names.temperature, type: 'gauge', help: 'Temperature of the drive as a whole.' },
    ({ smart, hwmonCelsius }) => smart?.log.temperatureCelsius ?? hwmonCelsius,
  ),
  severalPerDrive(
    { name: names.temperatureSensor, type: 'gauge', help: 'Temperature of one of its sensors.' },
    ['sensor'],
    ({ smart }) => smart?.log.sensors.map(({ sensor, celsius }) => [{ sensor: `${sensor}` }, celsius]) ?? [],
  ),
  perDrive(
    {
      name: names.temperatureWarning,
      type: 'gauge',
      help: 'Temperature from which the drive warns (WCTEMP).',
    },
    ({ thresholds }) => thresholds?.warningCelsius,
  ),
  perDrive(
    { name: names.temperatureCritical, type: 'gauge', help: 'Temperature it must not reach (CCTEMP).' },
    ({ thresholds }) => thresholds?.criticalCelsius,
  ),
  perLog(
    { name: names.dataUnitsRead, type: 'counter', help: 'Data read, in units of 512,000 bytes.' },
    ({ dataUnitsRead }) => dataUnitsRead,
  ),
  perLog(
    { name: names.dataUnitsWritten, type: 'counter', help: 'Data written, in units of 512,000 bytes.' },
    ({ dataUnitsWritten }) => dataUnitsWritten,
  ),
  perLog(
    { name: names.readBytes, type: 'counter', help: 'Bytes read by hosts.' },
    ({ dataUnitsRead }) => dataUnitsRead * dataUnitBytes,
  ),
  perLog(
    { name: names.writtenBytes, type: 'counter', help: 'Bytes written by hosts.' },
    ({ dataUnitsWritten }) => dataUnitsWritten * dataUnitBytes,
  ),
  perLog(
    { name: names.hostReadCommands, type: 'counter', help: 'Read commands completed.' },
    ({ hostReadCommands }) => hostReadCommands,
  ),
  perLog(
    { name: names.hostWriteCommands, type: 'counter', help: 'Write commands completed.' },
    ({ hostWriteCommands }) => hostWriteCommands,
  ),
  perLog(
    { name: names.controllerBusyTime, type: 'counter', help: 'Time the controller was busy, to the minute.' },
    ({ controllerBusyMinutes }) => controllerBusyMinutes * 60n,
  ),
  perLog(
    { name: names.powerCycles, type: 'counter', help: 'How often the drive was switched on.' },
    ({ powerCycles }) => powerCycles,
  ),
  perLog(
    { name: names.powerOnHours, type: 'counter', help: 'Hours the drive was on.' },
    ({ powerOnHours }) => powerOnHours,
  ),
  perLog(
    { name: names.unsafeShutdowns, type: 'counter', help: 'How often power went without a notice.' },
    ({ unsafeShutdowns }) => unsafeShutdowns,
  ),
  perLog(
    {
      name: names.mediaErrors,
      type: 'counter',
      help: 'Times the controller found data it could not recover.',
    },
    ({ mediaErrors }) => mediaErrors,
  ),
  perLog(
    {
      name: names.errorLogEntries,
      type: 'counter',
      help: 'Entries of the error log; grows with harmless commands that are not supported, too.',
    },
    ({ errorLogEntries }) => errorLogEntries,
  ),
  perLog(
    { name: names.warningTemperatureTime, type: 'counter', help: 'Time above the warning temperature.' },
    ({ warningTemperatureMinutes }) => warningTemperatureMinutes * 60,
  ),
  perLog(
    { name: names.criticalTemperatureTime, type: 'counter', help: 'Time above the critical temperature.' },
    ({ criticalTemperatureMinutes }) => criticalTemperatureMinutes * 60,
  ),
  severalPerDrive(
    {
      name: names.thermalTransitions,
      type: 'counter',
      help: 'How often heat slowed the drive: 1 light, 2 heavy.',
    },
    ['level'],
    ({ smart }) => smart?.log.thermalTransitions.map((count, i) => [{ level: `${i + 1}` }, count]) ?? [],
  ),
  severalPerDrive(
    {
      name: names.thermalTransitionTime,
      type: 'counter',
      help: 'How long heat slowed the drive: 1 light, 2 heavy.',
    },
    ['level'],
    ({ smart }) => smart?.log.thermalSeconds.map((seconds, i) => [{ level: `${i + 1}` }, seconds]) ?? [],
  ),
  perLog(
    { name: names.enduranceGroupWarning, type: 'gauge', help: 'Bitmap of the warnings of endurance groups.' },
    ({ enduranceGroupWarning }) => enduranceGroupWarning,
  ),
  perLog(
    { name: names.energy, type: 'counter', help: 'Energy used, for drives that count it.' },
    ({ energyWattHours }) => energyWattHours,
  ),
];
