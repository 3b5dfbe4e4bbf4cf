import { HwError } from '@rackwright/core';
import { type SmartLog, zeroCelsius } from './smart-log.ts';

/**
 * The fields of the log as numbers, by the keys nvme-cli prints; missing ones
 * are read as 0. Both decoders end here, so that they cannot differ.
 */
export type SmartFields = (key: SmartKey) => bigint;

/**
 * Place and length of each field in the log of 512 bytes, little-endian
 * (`struct nvme_smart_log` of the kernel's include/linux/nvme.h).
 */
export const smartLayout = {
  critical_warning: [0, 1],
  temperature: [1, 2],
  avail_spare: [3, 1],
  spare_thresh: [4, 1],
  percent_used: [5, 1],
  endurance_grp_critical_warning_summary: [6, 1],
  data_units_read: [32, 16],
  data_units_written: [48, 16],
  host_read_commands: [64, 16],
  host_write_commands: [80, 16],
  controller_busy_time: [96, 16],
  power_cycles: [112, 16],
  power_on_hours: [128, 16],
  unsafe_shutdowns: [144, 16],
  media_errors: [160, 16],
  num_err_log_entries: [176, 16],
  warning_temp_time: [192, 4],
  critical_comp_time: [196, 4],
  temperature_sensor_1: [200, 2],
  temperature_sensor_2: [202, 2],
  temperature_sensor_3: [204, 2],
  temperature_sensor_4: [206, 2],
  temperature_sensor_5: [208, 2],
  temperature_sensor_6: [210, 2],
  temperature_sensor_7: [212, 2],
  temperature_sensor_8: [214, 2],
  thm_temp1_trans_count: [216, 4],
  thm_temp2_trans_count: [220, 4],
  thm_temp1_total_time: [224, 4],
  thm_temp2_total_time: [228, 4],
  op_lifetime_energy_consumed: [232, 8],
} as const satisfies Readonly<Record<string, readonly [offset: number, bytes: number]>>;

export type SmartKey = keyof typeof smartLayout;

/** A sensor of a running drive is in this range, in kelvin; 0 means none. */
const possibleKelvin = { min: 200, max: 450 };

const sensorKeys = [1, 2, 3, 4, 5, 6, 7, 8] as const;

/**
 * The log of its fields.
 *
 * @throws HwError Internal if it cannot be the log of a running drive: nothing but zeros, or an impossible temperature
 */
export function smartLogOf(field: SmartFields): SmartLog {
  const number = (key: SmartKey): number => Number(field(key));
  refuseNonsense(field);
  const temperature = celsius(number('temperature'));
  const energy = field('op_lifetime_energy_consumed');
  return {
    criticalWarning: number('critical_warning'),
    ...(temperature !== undefined && { temperatureCelsius: temperature }),
    availableSpare: number('avail_spare'),
    spareThreshold: number('spare_thresh'),
    percentageUsed: number('percent_used'),
    enduranceGroupWarning: number('endurance_grp_critical_warning_summary'),
    dataUnitsRead: field('data_units_read'),
    dataUnitsWritten: field('data_units_written'),
    hostReadCommands: field('host_read_commands'),
    hostWriteCommands: field('host_write_commands'),
    controllerBusyMinutes: field('controller_busy_time'),
    powerCycles: field('power_cycles'),
    powerOnHours: field('power_on_hours'),
    unsafeShutdowns: field('unsafe_shutdowns'),
    mediaErrors: field('media_errors'),
    errorLogEntries: field('num_err_log_entries'),
    warningTemperatureMinutes: number('warning_temp_time'),
    criticalTemperatureMinutes: number('critical_comp_time'),
    sensors: sensorKeys.flatMap((sensor) => {
      const value = celsius(number(`temperature_sensor_${sensor}`));
      return value === undefined ? [] : [{ sensor, celsius: value }];
    }),
    thermalTransitions: [number('thm_temp1_trans_count'), number('thm_temp2_trans_count')],
    thermalSeconds: [number('thm_temp1_total_time'), number('thm_temp2_total_time')],
    ...(energy > 0n && { energyWattHours: energy }),
  };
}

/** A page of zeros or ones comes from a dead link, not from a drive. */
function refuseNonsense(field: SmartFields): void {
  const keys = Object.keys(smartLayout) as SmartKey[];
  const kelvin = Number(field('temperature'));
  if (keys.every((key) => field(key) === 0n)) throw new HwError('OutOfRange', 'the SMART log is all zeros');
  if (kelvin !== 0 && (kelvin < possibleKelvin.min || kelvin > possibleKelvin.max)) {
    throw new HwError('OutOfRange', `the SMART log has an impossible temperature, ${kelvin} K`);
  }
}

/** Undefined for 0, which says that there is none. */
function celsius(kelvin: number): number | undefined {
  return kelvin === 0 ? undefined : kelvin - zeroCelsius;
}
