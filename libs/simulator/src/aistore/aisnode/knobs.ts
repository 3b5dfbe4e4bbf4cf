import { FatalError, type Program } from '../process/program.ts';
import { type Faults, parseFaults } from './faults.ts';
import type { Dialect } from './node-context.ts';

/** Variables of the container by which a test shapes the stand-in. AIStore knows none of them. */
export const knobVariables = {
  /** How long everything takes, beside a real cluster: `0.1` is ten times as fast. Default `1`. */
  pace: 'AIS_STAND_IN_PACE',
  /** The release it speaks like: `4.9` or `5.0`. Default `5.0`. */
  dialect: 'AIS_STAND_IN_DIALECT',
  /** `Faults` it starts with, as JSON. */
  faults: 'AIS_STAND_IN_FAULTS',
} as const;

export interface Knobs {
  readonly pace: number;
  readonly dialect: Dialect;
  readonly faults: Faults;
}

/** @throws FatalError for a value that means nothing */
export function readKnobs({ env }: Pick<Program, 'env'>): Knobs {
  const { [knobVariables.pace]: pace, [knobVariables.dialect]: dialect } = env;
  const faults = parseFaults(env[knobVariables.faults] ?? '');
  const factor = Number(pace ?? '1');
  if (!(factor > 0))
    throw new FatalError(`${knobVariables.pace}: ${JSON.stringify(pace)} is no positive number`);
  if (faults === undefined) throw new FatalError(`${knobVariables.faults}: not what the stand-in knows`);
  if (dialect !== undefined && dialect !== '4.9' && dialect !== '5.0') {
    throw new FatalError(`${knobVariables.dialect}: ${JSON.stringify(dialect)} is neither 4.9 nor 5.0`);
  }
  return { pace: factor, dialect: dialect ?? '5.0', faults };
}
