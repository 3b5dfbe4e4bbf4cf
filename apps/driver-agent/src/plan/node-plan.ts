import { type CxiDevice, type SeenRetryHandlers, switchId } from '@rackwright/hardware-cxi';
import { cxi, cxiEvent, driverAgent } from '@rackwright/keys';
import type { ObjectCondition } from '@rackwright/kube';
import type { DriverState } from '../driver/verify.ts';
import type { Action } from './action.ts';
import type { Observed, ObservedNode } from './observed.ts';
import { timestamp } from './time.ts';

/** The labels a Node has for its devices, and while it must be rebooted. Pure. */
export function nodeLabels(
  devices: readonly CxiDevice[],
  switchIdMask: number,
  rebootRequired: boolean,
): Record<string, string> {
  const labels: Record<string, string> = {
    [cxi.label.present]: String(devices.length > 0),
    [cxi.label.deviceCount]: String(devices.length),
  };
  for (const { name, nid } of devices) {
    if (nid !== undefined) labels[cxi.label.switchId(name)] = String(switchId(nid, switchIdMask));
  }
  if (rebootRequired) labels[cxi.label.rebootRequired] = 'true';
  return labels;
}

/** Whether a retry handler of the node died; while nothing is known it is as it was. */
export function needsReboot(seen: SeenRetryHandlers, { labels }: ObservedNode): boolean {
  return seen.kind === 'unreadable'
    ? labels[cxi.label.rebootRequired] === 'true'
    : deadHandlers(seen).length > 0;
}

/** The NICs whose retry handler died since the node booted. */
function deadHandlers(seen: SeenRetryHandlers): string[] {
  const handlers = seen.kind === 'state' ? seen.state.handlers : [];
  return handlers.filter((entry) => entry.rebootRequired).map((entry) => entry.device);
}

/** Brings the labels of the Node in line; nothing if they say it all. */
export function planLabels(node: ObservedNode, labels: Record<string, string>): Action[] {
  if (Object.entries(labels).some(([key, value]) => node.labels[key] !== value)) {
    return [{ kind: 'labelNode', labels, events: [] }];
  }
  // Applying the labels removes our own old ones; what is still there is somebody else's.
  const keys = Object.keys(node.labels).filter((key) => comesAndGoes(key) && labels[key] === undefined);
  return keys.length === 0 ? [] : [{ kind: 'unlabelNode', keys, events: [] }];
}

/** Whether a label of this name is only there while something is so. */
function comesAndGoes(key: string): boolean {
  if (key === cxi.label.rebootRequired) return true;
  const device = /cxi\d+/.exec(key)?.[0];
  return device !== undefined && key === cxi.label.switchId(device);
}

/**
 * Sets the condition SlingshotRebootRequired. A Node that never needed it does
 * not get it, and while nothing is known it stays as it is.
 */
export function planRebootCondition(
  { rebootRequired: stored }: ObservedNode,
  seen: SeenRetryHandlers,
  now: number,
): Action[] {
  if (seen.kind === 'unreadable') return [];
  const wanted = rebootCondition(deadHandlers(seen), now);
  if (stored === undefined && wanted.status === 'False') return [];
  if (stored?.status === wanted.status && stored.message === wanted.message) return [];
  const lastTransitionTime =
    stored?.status === wanted.status ? stored.lastTransitionTime : wanted.lastTransitionTime;
  const condition = lastTransitionTime === undefined ? wanted : { ...wanted, lastTransitionTime };
  return [{ kind: 'setNodeCondition', condition, events: [] }];
}

function rebootCondition(devices: readonly string[], now: number): ObjectCondition {
  const at = timestamp(now);
  const required = devices.length > 0;
  const { rebootReason } = driverAgent;
  return {
    type: cxi.nodeCondition.rebootRequired,
    status: required ? 'True' : 'False',
    reason: required ? rebootReason.required : rebootReason.notRequired,
    message: required
      ? `a retry handler died under load: ${devices.join(', ')}`
      : 'no retry handler died since the node booted',
    lastHeartbeatTime: at,
    lastTransitionTime: at,
  };
}

/** Events about the driver, once for each state that lasted until it could be told. */
export function planDriverEvents(driver: DriverState, { announced }: Observed): Action[] {
  if (announced?.ready === driver.ready && announced.reason === driver.reason) return [];
  const reason = driver.ready
    ? cxiEvent.driverReady
    : driver.reason === driverAgent.driverReason.sourceUnsupported
      ? cxiEvent.sourceUnsupported
      : cxiEvent.driverNotReady;
  const type = driver.ready ? 'Normal' : 'Warning';
  return [
    {
      kind: 'announceDriver',
      driver,
      events: [{ regarding: { kind: 'Node' }, type, reason, message: driver.message }],
    },
  ];
}
