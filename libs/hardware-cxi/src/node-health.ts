import { formatDuration } from '@rackwright/core';
import { type DebounceState, debounceLink } from './debounce.ts';
import type { CxiDevice } from './device.ts';
import { type DeviceHealth, evaluateHealth, type HealthObservations, isUsable } from './health.ts';

/** What the health of every NIC of a node is evaluated from. */
export interface NodeObservations extends HealthObservations {
  readonly devices: readonly CxiDevice[];
  /** How long a NIC must stay well before it counts as well again, in milliseconds. */
  readonly debounceMs: number;
  /** Milliseconds of a clock that does not go backwards. */
  readonly now: number;
}

/** A device and the verdict on it. */
export interface DeviceVerdict {
  readonly device: CxiDevice;
  readonly health: DeviceHealth;
}

/** The verdicts, and what the next evaluation needs. */
export interface NodeHealth {
  readonly verdicts: readonly DeviceVerdict[];
  readonly states: ReadonlyMap<string, DebounceState>;
  /** When the verdicts change if nothing else does; absent when they would not. */
  readonly dueAt?: number;
}

/** Reason of a device that is well again, but not yet for long enough. */
export const settlingReason = 'Settling';

/**
 * The one verdict on each NIC, for the kubelet, the CXIDevices and the metrics.
 * Bad news counts at once, good news after it has lasted: a flapping NIC is told
 * once as unhealthy and stays so until it is steady. A NIC that was put back into
 * service counts at once: somebody decided it. Pure.
 *
 * @param previous `states` of the evaluation before; a NIC that is not in it starts afresh
 */
export function evaluateNode(
  observations: NodeObservations,
  previous: ReadonlyMap<string, DebounceState>,
): NodeHealth {
  const { devices, now, debounceMs } = observations;
  const states = new Map<string, DebounceState>();
  const settle = (name: string, own: DeviceHealth): DeviceHealth => {
    const state = debounceLink(previous.get(name), isUsable(own), now, { healthyMs: debounceMs });
    states.set(name, state);
    return state.healthy === state.observed ? own : settling(debounceMs);
  };
  const verdicts = devices.map((device) => ({
    device,
    health: evaluateHealth(device, observations, (own) => settle(device.name, own)),
  }));
  const due = [...states.values()].flatMap(({ dueAt }) => dueAt ?? []);
  return { verdicts, states, ...(due.length > 0 && { dueAt: Math.min(...due) }) };
}

function settling(debounceMs: number): DeviceHealth {
  const message = `the NIC is well again, but not yet for ${formatDuration(debounceMs)}`;
  return { status: 'Unhealthy', reason: settlingReason, message };
}
