import { errorMessage, HwError } from '@rackwright/core';
import type { TemperatureThresholds } from '../health/observation.ts';
import { zeroCelsius } from '../smart/smart-log.ts';

/** What is used of a controller's own description. */
export interface ControllerIdentity {
  readonly model: string;
  readonly serial: string;
  readonly firmware: string;
  readonly thresholds: TemperatureThresholds;
}

/**
 * Reads what `nvme id-ctrl --output-format=json` prints.
 *
 * @throws HwError Internal with what is wrong: no JSON, the tool's own error, or no such description
 */
export function parseIdController(text: string): ControllerIdentity {
  const data = objectOf(text);
  if (typeof data.error === 'string') throw new HwError('Internal', `nvme id-ctrl: ${data.error}`);
  const { mn, sn, fr } = data;
  if (typeof mn !== 'string' || typeof sn !== 'string' || typeof fr !== 'string')
    throw new HwError('Internal', 'nvme id-ctrl printed JSON without a model, serial number and firmware');
  const warning = celsius(data.wctemp);
  const critical = celsius(data.cctemp);
  return {
    model: mn.trim(),
    serial: sn.trim(),
    firmware: fr.trim(),
    thresholds: {
      ...(warning !== undefined && { warningCelsius: warning }),
      ...(critical !== undefined && { criticalCelsius: critical }),
    },
  };
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new HwError('Internal', `nvme id-ctrl printed no JSON: ${errorMessage(error)}`, { cause: error });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new HwError('Internal', 'nvme id-ctrl printed JSON that describes no controller');
  return value as Readonly<Record<string, unknown>>;
}

/** Of kelvin in 16 bits; 0 says that the drive names none. */
function celsius(kelvin: unknown): number | undefined {
  return typeof kelvin === 'number' && Number.isInteger(kelvin) && kelvin > zeroCelsius && kelvin <= 0xffff
    ? kelvin - zeroCelsius
    : undefined;
}
