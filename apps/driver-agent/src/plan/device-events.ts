import type { CxiDeviceStatus } from '@rackwright/api';
import { type CxiDevice, outOfServiceReason, settlingReason } from '@rackwright/hardware-cxi';
import { cxiEvent } from '@rackwright/keys';
import type { DeviceView } from '../model.ts';
import type { PlannedEvent } from './action.ts';
import type { StatusFacts } from './device-status.ts';

const onNode = { kind: 'Node' } as const;

export function deviceAdded({ name, pciAddress }: CxiDevice): PlannedEvent {
  const message = `NIC ${name}${at(pciAddress)} was found`;
  return { regarding: onNode, type: 'Normal', reason: cxiEvent.deviceAdded, message };
}

export function deviceRemoved(device: string, pciAddress: string | undefined): PlannedEvent {
  const message = `NIC ${device}${at(pciAddress)} is gone`;
  return { regarding: onNode, type: 'Normal', reason: cxiEvent.deviceRemoved, message };
}

/**
 * Events for what the health was and is. What was is what the API server
 * stored, so a restart of the agent repeats nothing and an outage in between
 * costs no event but the intermediate ones.
 */
export function healthEvents(
  name: string,
  { health, device }: Pick<StatusFacts, 'health' | 'device'>,
  stored: CxiDeviceStatus | undefined,
): PlannedEvent[] {
  const before = stored?.health;
  const regarding = { kind: 'CXIDevice', name } as const;
  const wasOut = before?.reason === outOfServiceReason;
  if (health.reason === outOfServiceReason) {
    const message = `${device} was taken out of service: no new pod gets it`;
    return wasOut ? [] : [{ regarding, type: 'Normal', reason: cxiEvent.deviceOutOfService, message }];
  }
  if (wasOut) {
    const message = `${device} is in service again and ${health.status?.toLowerCase()}: ${health.message}`;
    return [{ regarding, type: 'Normal', reason: cxiEvent.deviceInService, message }];
  }
  if (health.status === 'Healthy') {
    if (before?.status === undefined || before.status === 'Healthy') return [];
    const message = `${device} is healthy again`;
    return [{ regarding, type: 'Normal', reason: cxiEvent.deviceHealthy, message }];
  }
  if (before?.status === health.status && [before?.reason, settlingReason].includes(health.reason)) return [];
  const message = `${device} is ${health.status?.toLowerCase()}: ${health.message}`;
  return [{ regarding, type: 'Warning', reason: cxiEvent.deviceUnhealthy, message }];
}

/** A retry handler that ran and does not, or that was started again since. */
export function retryHandlerEvents(
  name: string,
  { device, retryHandler }: DeviceView,
  stored: CxiDeviceStatus | undefined,
): PlannedEvent[] {
  if (retryHandler === undefined || stored === undefined) return [];
  const before = stored.retryHandler?.state;
  const lived = before === 'Starting' || before === 'Running';
  const ended = retryHandler.state === 'Failed' || retryHandler.state === 'Backoff';
  const restarted = retryHandler.restarts > (stored.retryHandler?.restarts ?? retryHandler.restarts);
  if (!(lived && ended) && !restarted) return [];
  const message = `the retry handler of ${device.name} died${cause(retryHandler.lastExit)}`;
  return [
    {
      regarding: { kind: 'CXIDevice', name },
      type: 'Warning',
      reason: cxiEvent.retryHandlerDied,
      message: retryHandler.rebootRequired ? `${message}; the node must be rebooted` : message,
    },
  ];
}

function cause(exit: NonNullable<DeviceView['retryHandler']>['lastExit']): string {
  if (exit === undefined) return '';
  if (exit.signal !== null) return ` of ${exit.signal}`;
  return exit.code === null ? '' : ` with exit code ${exit.code}`;
}

function at(pciAddress: string | undefined): string {
  return pciAddress === undefined ? '' : ` at ${pciAddress}`;
}
