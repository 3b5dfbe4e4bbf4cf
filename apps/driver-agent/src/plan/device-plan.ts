import { type CxiDeviceObject, type CxiDeviceStatus, cxiDeviceName } from '@rackwright/api';
import type { DeviceView, PublicationPolicy } from '../model.ts';
import type { Action } from './action.ts';
import { deviceAdded, healthEvents, retryHandlerEvents } from './device-events.ts';
import { deviceObject, hasIdentity, statusObject } from './device-object.ts';
import { deviceStatus, type StatusFacts } from './device-status.ts';
import { planGone } from './gone-devices.ts';
import { heartbeatDue } from './heartbeat.ts';
import type { Observed } from './observed.ts';
import { staleFields, statusMatches } from './status-differences.ts';
import { timestamp } from './time.ts';

export interface DevicePlanInput {
  /** Name of the own Node. */
  readonly node: string;
  readonly devices: readonly DeviceView[];
  /** Names of devices that may be there and could never be read: what is published of them stays. */
  readonly unidentified?: readonly string[];
  /** Names of devices that somebody took out of service: what is published of them stays, even if they are gone. */
  readonly outOfService?: ReadonlySet<string>;
  readonly observed: Observed;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly policy: PublicationPolicy;
}

/**
 * Brings the CXIDevices of a node in line with its devices; vanished ones first,
 * their names may come again. Nothing while there cannot be any.
 */
export function planDevices(input: DevicePlanInput): Action[] {
  if (input.observed.withoutDevices) return [];
  return [...planGone(input), ...input.devices.flatMap((view) => planDevice(view, input))];
}

function planDevice(view: DeviceView, { node, observed, now, policy }: DevicePlanInput): Action[] {
  const object = deviceObject({ name: node, uid: observed.node.uid }, view.device.name);
  const name = cxiDeviceName(node, view.device.name);
  const stored = observed.devices.get(name);
  const facts = deviceStatus(view, node, policy.switchIdMask);
  const events = [
    ...healthEvents(name, facts, stored?.status),
    ...retryHandlerEvents(name, view, stored?.status),
  ];
  const actions: Action[] = [];
  if (stored === undefined || !hasIdentity(stored.metadata, object.metadata)) {
    actions.push({
      kind: 'applyDevice',
      object,
      events: stored === undefined ? [deviceAdded(view.device)] : [],
    });
  }
  if (needsStatus(name, stored, facts, now, policy)) {
    const status = withTimes(facts, stored?.status, now);
    actions.push({ kind: 'applyStatus', object: statusObject(name, status), events });
  } else {
    // Applying the status removes our own old fields; what is still there is somebody else's.
    const patch = stored?.status && staleFields(stored.status, facts);
    if (patch !== undefined) actions.push({ kind: 'clearStatus', name, patch, events: [] });
  }
  return actions;
}

function needsStatus(
  name: string,
  stored: CxiDeviceObject | undefined,
  facts: StatusFacts,
  now: number,
  { heartbeatMs }: PublicationPolicy,
): boolean {
  const status = stored?.status;
  return !statusMatches(status, facts) || heartbeatDue(name, status?.health?.lastCheck, now, heartbeatMs);
}

/** A condition whose status is as before keeps the time since when it is so. */
function withTimes(facts: StatusFacts, stored: CxiDeviceStatus | undefined, now: number): CxiDeviceStatus {
  const at = timestamp(now);
  return {
    ...facts,
    health: { ...facts.health, lastCheck: at },
    conditions: facts.conditions.map((fact) => {
      const before = stored?.conditions?.find(({ type }) => type === fact.type);
      const lastTransitionTime = before?.status === fact.status ? before.lastTransitionTime : at;
      return { ...fact, lastTransitionTime };
    }),
  };
}
