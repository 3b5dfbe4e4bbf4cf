import type { OfferedDevice } from '@rackwright/kubelet';
import { idsOf, slotsPerNic } from './device-ids.ts';
import type { Holder, Holders } from './holders.ts';
import type { Nic, ResourcePlan } from './model.ts';

/** What is known about who holds NICs. */
export interface Custody {
  readonly holders: Holders;
  /** Why it is not known who holds what; absent once the kubelet has told. */
  readonly unknown?: string;
}

/**
 * What one resource offers the kubelet.
 *
 * A NIC that one pod has for itself is withdrawn everywhere else: under the
 * other name it is offered by, and from sharing if the mode was changed while
 * the pod runs. Where two names stand for one exclusive NIC, nothing is offered
 * until it is known who holds what.
 */
export function offeredDevices(
  plan: ResourcePlan,
  nics: readonly Nic[],
  custody: Custody,
  plans: readonly ResourcePlan[],
): OfferedDevice[] {
  const mine = nics.filter((nic) => nic.kind === plan.kind);
  const slots = slotsPerNic(plan.sharing, mine.length);
  const blind = needsCustody(plan, plans) ? custody.unknown : undefined;
  return mine.map((nic) => {
    const reason = blind ?? withdrawal(plan, nic, custody.holders) ?? (nic.healthy ? undefined : nic.message);
    return {
      ids: idsOf(nic, plan.sharing, slots),
      healthy: reason === undefined,
      ...(reason !== undefined && { reason }),
      numaNodes: nic.numaNode === undefined ? [] : [nic.numaNode],
    };
  });
}

/** Whether one NIC could be handed out twice if nobody looked who holds it. */
export function needsCustody(plan: ResourcePlan, plans: readonly ResourcePlan[]): boolean {
  if (plan.sharing.mode === 'shared') return false;
  return plans.some((other) => other !== plan && other.kind === plan.kind);
}

/** Why a NIC cannot be offered under `plan` because of its holders. */
export function withdrawal(plan: ResourcePlan, nic: Pick<Nic, 'name'>, holders: Holders): string | undefined {
  const list = holders.get(nic.name) ?? [];
  const alone = list.find((holder) => holder.id === nic.name);
  if (plan.sharing.mode === 'shared') return alone && heldBy(alone, 'for itself');
  const other = list.find((holder) => holder.resource !== plan.resource || holder.id !== nic.name);
  return other && heldBy(other, `as ${other.resource}`);
}

function heldBy(holder: Holder, how: string): string {
  return `${holder.pod === undefined ? 'a pod' : `pod ${holder.pod}`} holds the NIC ${how}`;
}
