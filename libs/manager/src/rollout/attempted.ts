import type { ActionOutcome } from '@rackwright/controller';
import { kubernetes } from '@rackwright/keys';
import { type DaemonSet, keyOf } from '@rackwright/kube';
import type { Failure } from '../reconciler.ts';
import type { PlanFailure } from './component-state.ts';
import type { RolloutKind } from './kind.ts';

/** The DaemonSets a cache has, with what the API server just answered in their place. */
export function newestDaemonSets(
  cached: readonly DaemonSet[],
  outcomes: readonly ActionOutcome[],
): DaemonSet[] {
  const byKey = new Map(cached.map((daemonSet) => [keyOf(daemonSet), daemonSet]));
  for (const { action, object } of outcomes) {
    if (action.object.kind !== 'DaemonSet') continue;
    if (object !== undefined) byKey.set(keyOf(object), object as DaemonSet);
    else if (action.verb === 'delete') byKey.delete(keyOf(action.object));
  }
  return [...byKey.values()];
}

/** What failed of a plan, with the component whose object it was. */
export function planFailureOf<C extends string>(
  failure: Failure | undefined,
  { agents }: Pick<RolloutKind<C>, 'agents'>,
): PlanFailure<C> | undefined {
  if (failure === undefined) return undefined;
  const { message, terminal, action } = failure;
  const label = action?.object.metadata?.labels?.[kubernetes.label.component];
  const component = agents.find((agent) => agent.component === label)?.component;
  return { message, terminal, ...(component === undefined ? {} : { component }) };
}
