import { formatDuration } from '@rackwright/core';
import {
  type CxiDevice,
  type DebounceState,
  type DeviceHealth,
  debounceLink,
  evaluateHealth,
  type HealthObservations,
  isUsable,
} from '@rackwright/hardware-cxi';
import type { Nic } from './model.ts';

/** What the health of all NICs is evaluated from. */
export interface NodeObservations extends HealthObservations {
  readonly devices: readonly CxiDevice[];
  /** How long a NIC must stay well before it is offered again, in milliseconds. */
  readonly debounceMs: number;
  /** Milliseconds of a clock that does not go backwards. */
  readonly now: number;
}

/** The verdicts, and what the next evaluation needs. */
export interface NicHealth {
  readonly nics: readonly Nic[];
  readonly states: ReadonlyMap<string, DebounceState>;
  /** When the verdicts change if nothing else does; absent when they would not. */
  readonly dueAt?: number;
}

/**
 * Evaluates every NIC. Bad news counts at once, good news after it has lasted: a
 * flapping NIC is told once as unhealthy and stays so until it is steady.
 */
export function nicHealth(
  observations: NodeObservations,
  previous: ReadonlyMap<string, DebounceState>,
): NicHealth {
  const { devices, now, debounceMs } = observations;
  const states = new Map<string, DebounceState>();
  const nics = devices.map((device) => {
    const health = evaluateHealth(device, observations);
    const options = { healthyMs: debounceMs };
    const state = debounceLink(previous.get(device.name), isUsable(health), now, options);
    states.set(device.name, state);
    return toNic(device, state.healthy === state.observed ? health : settling(debounceMs), state);
  });
  const due = [...states.values()].flatMap(({ dueAt }) => dueAt ?? []);
  return { nics, states, ...(due.length > 0 && { dueAt: Math.min(...due) }) };
}

function settling(debounceMs: number): DeviceHealth {
  const message = `the NIC is well again, but not yet for ${formatDuration(debounceMs)}`;
  return { status: 'Unhealthy', reason: 'Settling', message };
}

function toNic(device: CxiDevice, health: DeviceHealth, state: DebounceState): Nic {
  return {
    name: device.name,
    index: device.index,
    kind: device.kind,
    ...(device.numaNode !== undefined && { numaNode: device.numaNode }),
    node: device.devNode.path,
    nodePresent: device.devNode.present,
    healthy: state.healthy,
    reason: health.reason,
    message: health.message,
  };
}
