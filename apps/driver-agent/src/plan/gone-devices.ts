import { type CxiDeviceObject, type CxiDeviceStatus, cxiDeviceName } from '@rackwright/api';
import { outOfServiceReason } from '@rackwright/hardware-cxi';
import { conditionType, cxi, driverAgent } from '@rackwright/keys';
import type { Action } from './action.ts';
import { deviceRemoved, healthEvents } from './device-events.ts';
import { statusObject } from './device-object.ts';
import type { DevicePlanInput } from './device-plan.ts';
import type { StatusFacts } from './device-status.ts';
import { timestamp } from './time.ts';

const { linkUp } = driverAgent.deviceCondition;
const reason = driverAgent.healthReason.missing;
const message = 'the NIC is gone from the host';

/**
 * What becomes of CXIDevices whose NIC is no longer there. A NIC that vanishes
 * is what somebody will look for, so its object stays, Unhealthy, until it was
 * gone for `forgetAfterMs`, or the same card is there under another name. One
 * that cannot be read is not gone, and one that was taken out of service is
 * somebody's decision that must not be forgotten while the card is repaired.
 */
export function planGone(input: DevicePlanInput): Action[] {
  const { node, devices, unidentified = [], observed } = input;
  const names = [...devices.map(({ device }) => device.name), ...unidentified];
  const wanted = new Set(names.map((name) => cxiDeviceName(node, name)));
  const gone = [...observed.devices.values()].filter(
    ({ metadata }) => metadata?.deletionTimestamp === undefined && !wanted.has(metadata?.name ?? ''),
  );
  return gone.flatMap((object) => planOne(object, input));
}

function planOne(object: CxiDeviceObject, input: DevicePlanInput): Action[] {
  const { status } = object;
  const marked = status?.health?.reason === reason;
  if (isOut(object, input)) return marked ? [] : [mark(object, input)];
  if (!marked && !isReplaced(status, input) && (input.policy.forgetAfterMs ?? 0) > 0)
    return [mark(object, input)];
  if (marked && !isReplaced(status, input) && !isForgotten(status, input)) return [];
  return [
    {
      kind: 'deleteDevice',
      name: object.metadata?.name ?? '',
      uid: object.metadata?.uid ?? '',
      events: marked ? [] : [removed(object)],
    },
  ];
}

function isOut({ metadata }: CxiDeviceObject, { outOfService }: DevicePlanInput): boolean {
  return outOfService?.has(metadata?.labels?.[cxi.label.device] ?? '') ?? false;
}

/** The card is there under another name: device numbers are assigned anew. */
function isReplaced(status: CxiDeviceStatus | undefined, { devices }: DevicePlanInput): boolean {
  const address = status?.pciAddress;
  return address === undefined || devices.some(({ device }) => device.pciAddress === address);
}

function isForgotten(status: CxiDeviceStatus | undefined, { now, policy }: DevicePlanInput): boolean {
  const since = Date.parse(status?.health?.lastCheck ?? '');
  return Number.isNaN(since) || now - since >= (policy.forgetAfterMs ?? 0);
}

function mark(object: CxiDeviceObject, { node, now }: DevicePlanInput): Action {
  const name = object.metadata?.name ?? '';
  const { retryHandler: _, ...stored } = object.status ?? { type: 'pf' as const };
  const at = timestamp(now);
  const wasOut = stored.health?.reason === outOfServiceReason;
  const health = { status: 'Unhealthy' as const, reason, message };
  const status: CxiDeviceStatus = {
    ...stored,
    node,
    linkState: 'unknown',
    health: { ...health, lastCheck: at },
    conditions: [
      { type: conditionType.ready, status: 'False', reason, message, lastTransitionTime: at },
      { type: linkUp, status: 'Unknown', reason, message, lastTransitionTime: at },
    ],
  };
  const facts: Pick<StatusFacts, 'health' | 'device'> = {
    health,
    ...(stored.device === undefined ? {} : { device: stored.device }),
  };
  return {
    kind: 'applyStatus',
    object: statusObject(name, status),
    // That it is gone does not put it back into service.
    events: [...(wasOut ? [] : healthEvents(name, facts, object.status)), removed(object)],
  };
}

function removed({ metadata, status }: CxiDeviceObject) {
  return deviceRemoved(status?.device ?? metadata?.name ?? '', status?.pciAddress);
}
