import type { CxiDeviceStatus } from '@rackwright/api';
import { conditionType, driverAgent } from '@rackwright/keys';
import type { DeviceView } from '../model.ts';

export type DeviceCondition = NonNullable<CxiDeviceStatus['conditions']>[number];
/** A condition before it is known since when it holds. */
export type ConditionFact = Pick<DeviceCondition, 'type' | 'status' | 'reason' | 'message'>;

const { linkUp, retryHandlerRunning, inspected } = driverAgent.deviceCondition;
const because = driverAgent.conditionReason;
/** What a message may have at most is more; nobody reads that. */
const MAX_MESSAGE = 1024;

/** Single findings about a device, in a fixed order. Pure. */
export function deviceConditions(view: DeviceView): ConditionFact[] {
  const retryHandler = retryHandlerCondition(view);
  return [
    readyCondition(view),
    linkCondition(view),
    ...(retryHandler === undefined ? [] : [retryHandler]),
    inspectedCondition(view),
  ];
}

function readyCondition({ health }: DeviceView): ConditionFact {
  const status = { Healthy: 'True', Degraded: 'True', Unhealthy: 'False', Unknown: 'Unknown' } as const;
  return fact(conditionType.ready, status[health.status], health.reason, health.message);
}

function linkCondition({ device }: DeviceView): ConditionFact {
  switch (device.linkState) {
    case 'up':
      return fact(linkUp, 'True', because.linkUp, 'the link is up');
    case 'down':
      return fact(linkUp, 'False', because.linkDown, 'the link is down');
    case 'unknown':
      return fact(linkUp, 'Unknown', because.linkUnknown, 'the driver does not tell the link state');
  }
}

/** Absent for virtual functions, and where nothing at all is known of a retry handler. */
function retryHandlerCondition(view: DeviceView): ConditionFact | undefined {
  const { device, retryHandler } = view;
  const running = retryHandlerRuns(view);
  if (device.kind === 'vf') return undefined;
  if (retryHandler?.rebootRequired === true) {
    const message = 'the retry handler died; the node must be rebooted';
    return fact(retryHandlerRunning, 'False', because.rebootRequired, message);
  }
  if (running === undefined) {
    const message = 'the driver does not tell whether a retry handler serves the NIC';
    return retryHandler && fact(retryHandlerRunning, 'Unknown', retryHandler.state, message);
  }
  if (running) {
    return fact(
      retryHandlerRunning,
      'True',
      retryHandler?.state ?? because.external,
      'a retry handler serves the NIC',
    );
  }
  const reason = retryHandler?.state ?? because.notRegistered;
  return fact(retryHandlerRunning, 'False', reason, 'no retry handler serves the NIC');
}

/**
 * Whether a retry handler serves the device; undefined if nobody can tell. A
 * handler whose supervisor saw it end does not, even if the NIC still holds
 * the queue it registered.
 */
export function retryHandlerRuns({ device, retryHandler }: DeviceView): boolean | undefined {
  const state = retryHandler?.state;
  if (state === 'Backoff' || state === 'Failed' || state === 'Stopped') return false;
  if (device.retryHandlerEq !== undefined) return device.retryHandlerEq !== 0;
  return state === 'Running' || state === 'External' ? true : undefined;
}

function inspectedCondition({ device }: DeviceView): ConditionFact {
  const { problems } = device;
  if (problems.length === 0) return fact(inspected, 'True', because.complete, 'the driver tells everything');
  return fact(inspected, 'False', because.incomplete, problems.join('; '));
}

function fact(type: string, status: ConditionFact['status'], reason: string, message: string): ConditionFact {
  return { type, status, reason, message: message.slice(0, MAX_MESSAGE) };
}
