import { formatDuration } from '@rackwright/core';
import {
  assessHealth,
  type CxiDevice,
  type DebounceState,
  type DeviceHealth,
  debounceLink,
  isOutOfService,
  isUsable,
  type RetryHandlerEntry,
} from '@rackwright/hardware-cxi';
import type { Nic } from './model.ts';

/** What one judgement of all NICs is made from. */
export interface Evidence {
  readonly devices: readonly CxiDevice[];
  /** What the retry-handler agent says, by device. */
  readonly retryHandlers: ReadonlyMap<string, RetryHandlerEntry>;
  /** Device nodes that cannot be opened, by device: the error's name. */
  readonly brokenNodes: ReadonlyMap<string, string>;
  /** NICs that somebody took out of service. */
  readonly outOfService: ReadonlySet<string>;
  readonly requireRetryHandler: boolean;
  /** How long a NIC must stay well before it is offered again, in milliseconds. */
  readonly debounceMs: number;
  /** Milliseconds of a clock that does not go backwards. */
  readonly now: number;
}

/** The verdicts, and what the next judgement needs. */
export interface Judgement {
  readonly nics: readonly Nic[];
  readonly states: ReadonlyMap<string, DebounceState>;
  /** When the verdicts change if nothing else does; absent when they would not. */
  readonly dueAt?: number;
}

/**
 * Judges every NIC. Bad news counts at once, good news after it has lasted: a
 * flapping NIC is told once as unhealthy and stays so until it is steady.
 */
export function judge(evidence: Evidence, previous: ReadonlyMap<string, DebounceState>): Judgement {
  const states = new Map<string, DebounceState>();
  const nics = evidence.devices.map((device) => {
    const health = healthOf(device, evidence);
    const state = debounceLink(previous.get(device.name), isUsable(health), evidence.now, {
      healthyMs: evidence.debounceMs,
    });
    states.set(device.name, state);
    return toNic(device, state.healthy === state.observed ? health : settling(evidence.debounceMs), state);
  });
  const due = [...states.values()].flatMap(({ dueAt }) => dueAt ?? []);
  return { nics, states, ...(due.length > 0 && { dueAt: Math.min(...due) }) };
}

function healthOf(device: CxiDevice, evidence: Evidence): DeviceHealth {
  const retryHandler = evidence.retryHandlers.get(device.name);
  const { requireRetryHandler } = evidence;
  const outOfService = isOutOfService(device, evidence.outOfService);
  const policy = { requireRetryHandler, outOfService, ...(retryHandler && { retryHandler }) };
  const health = assessHealth(device, policy);
  const error = evidence.brokenNodes.get(device.name);
  if (!isUsable(health) || error === undefined) return health;
  const message = `${device.devNode.path} cannot be opened: ${error}`;
  return { status: 'Unhealthy', reason: 'DeviceNodeUnusable', message };
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
