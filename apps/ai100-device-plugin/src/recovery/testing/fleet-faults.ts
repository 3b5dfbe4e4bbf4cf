import type { Observation } from '@rackwright/hardware-nvme';
import type { RecoveryAction } from '../settings.ts';
import { looks } from './observations.ts';

/** How a fault must end: by itself and untouched, by an action, or in quarantine. */
export type FaultEnd = 'untouched' | 'cured' | 'quarantined';

/** A kind of fault of a simulated drive. */
export interface FleetFault {
  readonly name: string;
  readonly end: FaultEnd;
  /** What a look finds while it lasts, by its age; undefined for a look that finds nothing wrong. */
  readonly look: (ageMs: number) => Observation | undefined;
  /** Shortest and longest time after which it is over by itself. */
  readonly lastsMs?: readonly [number, number];
  readonly cure?: { readonly action: RecoveryAction; readonly times: number };
  /** New media errors at its begin. */
  readonly mediaErrors?: bigint;
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** One poll in two. */
const alternating = (ageMs: number): Observation | undefined =>
  Math.floor(ageMs / (30 * second)) % 2 === 0 ? looks.dead : undefined;

export const fleetFaults: readonly FleetFault[] = [
  { name: 'reset', end: 'untouched', look: () => looks.resetting, lastsMs: [20 * second, 100 * second] },
  { name: 'slow log', end: 'untouched', look: () => looks.silent, lastsMs: [30 * second, 89 * second] },
  { name: 'short death', end: 'untouched', look: () => looks.dead, lastsMs: [1 * second, 3 * minute] },
  { name: 'odd log', end: 'untouched', look: () => looks.unreliable, lastsMs: [1 * second, 30 * second] },
  { name: 'heat', end: 'untouched', look: () => looks.hot, lastsMs: [5 * minute, 5 * hour] },
  {
    name: 'media errors',
    end: 'untouched',
    look: () => undefined,
    lastsMs: [2 * hour, 2 * hour],
    mediaErrors: 15n,
  },
  { name: 'pulled', end: 'untouched', look: () => looks.gone, lastsMs: [5 * minute, 6 * hour] },
  { name: 'silent', end: 'cured', look: () => looks.silent, cure: { action: 'ControllerReset', times: 1 } },
  {
    name: 'very silent',
    end: 'cured',
    look: () => looks.silent,
    cure: { action: 'ControllerReset', times: 2 },
  },
  {
    name: 'namespace lost',
    end: 'cured',
    look: () => looks.lostNamespace,
    cure: { action: 'Rescan', times: 1 },
  },
  { name: 'dead', end: 'quarantined', look: () => looks.dead },
  { name: 'silent for ever', end: 'quarantined', look: () => looks.silent },
  { name: 'read-only', end: 'quarantined', look: () => looks.readOnly },
  { name: 'unreliable', end: 'quarantined', look: () => looks.unreliable },
  { name: 'resetting for ever', end: 'quarantined', look: () => looks.resetting },
  { name: 'namespace lost for ever', end: 'quarantined', look: () => looks.lostNamespace },
  { name: 'flapping', end: 'quarantined', look: alternating },
];
