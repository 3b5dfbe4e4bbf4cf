import type { KnownAssignments } from '../assignments/assignment-tracker.ts';
import type { Assignment, Assignments } from '../assignments/assignments.ts';
import type { Device } from '../hardware-profile.ts';
import { idsOf, unitsPerDevice } from './device-ids.ts';
import type { HardwareDevice, ResourcePlan } from './plan.ts';

/** What an offer is made from. */
export interface OfferOptions {
  readonly plan: ResourcePlan;
  /** All resources of the plugin. */
  readonly plans: readonly ResourcePlan[];
  /** What people call one of the devices. */
  readonly noun: string;
}

/**
 * What one resource offers the kubelet.
 *
 * A device that one pod has for itself is withdrawn everywhere else: under the
 * other name it is offered by, and from sharing if the mode was changed while
 * the pod runs. Where two names stand for one exclusive device, nothing is
 * offered until the assignments are known.
 */
export function offeredDevices(
  { plan, plans, noun }: OfferOptions,
  devices: readonly HardwareDevice[],
  { assignments, unknown }: KnownAssignments,
): Device[] {
  const mine = devices.filter(({ kind }) => kind === plan.kind);
  const units = unitsPerDevice(plan.sharing, mine.length);
  const blind = needsAssignments(plan, plans) ? unknown : undefined;
  return mine.map((device) => {
    const reason =
      blind ?? withdrawal(plan, device, assignments, noun) ?? (device.healthy ? undefined : device.message);
    return {
      ids: idsOf(device, plan.sharing, units),
      healthy: reason === undefined,
      ...(reason !== undefined && { reason }),
      numaNodes: device.numaNode === undefined ? [] : [device.numaNode],
    };
  });
}

/** Whether one device could be allocated twice if nobody looked at the assignments. */
export function needsAssignments(plan: ResourcePlan, plans: readonly ResourcePlan[]): boolean {
  if (plan.sharing.mode === 'shared') return false;
  return plans.some((other) => other !== plan && other.kind === plan.kind);
}

/** Why a device cannot be offered under `plan` because of its assignments. */
function withdrawal(
  plan: ResourcePlan,
  { name }: Pick<HardwareDevice, 'name'>,
  assignments: Assignments,
  noun: string,
): string | undefined {
  const list = assignments.get(name) ?? [];
  const alone = list.find(({ id }) => id === name);
  if (plan.sharing.mode === 'shared') return alone && heldBy(alone, noun, 'for itself');
  const other = list.find(({ resource, id }) => resource !== plan.resource || id !== name);
  return other && heldBy(other, noun, `as ${other.resource}`);
}

function heldBy({ pod }: Assignment, noun: string, how: string): string {
  return `${pod === undefined ? 'a pod' : `pod ${pod}`} holds the ${noun} ${how}`;
}
