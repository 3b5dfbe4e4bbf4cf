import type { AisNode } from '@rackwright/aistore';
import { ais } from '@rackwright/keys';
import type { AisCall } from '../calls.ts';
import type { Observation } from '../observed/observation.ts';
import { nodesOf, podOf, type RoleFacts, type SetState } from '../role-facts.ts';
import { lookAgainMs, type RolePlan, type Waiting } from './role-plan.ts';
import type { TargetPlan } from './targets.ts';

/** What becomes of the data of targets that go (`targetSpec.scaleDownMode`). */
export type ScaleDownMode = 'decommission' | 'retain' | 'safe_decommission';

export interface ShrinkInput {
  readonly facts: RoleFacts;
  readonly ais: Observation | undefined;
  readonly scaleDownMode: ScaleDownMode;
  readonly state: SetState;
  /** Leaves the StatefulSet as it is but for its size. */
  readonly as: (shape?: { replicas?: number }) => Pick<RolePlan, 'set' | 'calls' | 'restarts'>;
}

/**
 * Takes the highest target out of the cluster, and its pod away once the cluster has let it go:
 * one at a time, since AIStore changes its members one at a time.
 */
export function planShrink(input: ShrinkInput): TargetPlan {
  const { facts, ais, scaleDownMode, state, as } = input;
  const ordinal = state.replicas - 1;
  const name = `${facts.cluster}-target-${ordinal}`;
  const retains = scaleDownMode === 'retain';
  const rebalance = retains ? ({} as const) : ({ rebalance: 'on' } as const);
  const stay = (message: string, calls: readonly AisCall[] = []): TargetPlan => ({
    ...{ ...as(), calls, ...rebalance },
    waiting: { ...scaling, message },
  });
  if (facts.map === undefined) return stay(`waiting for the cluster map before ${name} goes`);
  const nodes = nodesOf(facts, ordinal);
  const gone: TargetPlan = {
    ...{ ...as({ replicas: ordinal }), ...rebalance },
    waiting: { ...scaling, message: `removing pod ${name}`, againAfterMs: lookAgainMs.step },
  };
  if (nodes.length === 0) {
    const pod = podOf(facts, ordinal);
    // One that was decommissioned ends, and ends again whenever it is started. Any other will join, with its data.
    const hasLeft = pod === undefined || pod.unschedulable !== undefined || pod.broken !== undefined;
    return hasLeft ? gone : stay(`waiting for pod ${name} to register`);
  }
  if (retains) return retain(nodes, name, gone, stay);
  const leaving = nodes.filter(({ flags }) => flags.decommissioning);
  if (leaving.length === 0 || ais?.rebalance?.running !== true) {
    if (ais?.rebalance?.running === true)
      return stay(`waiting for a rebalance to end before ${name} is decommissioned`);
    // Also one whose rebalance was called off: it would be on its way out for ever.
    return stay(`decommissioning ${name}`, decommissionCalls(nodes, name, scaleDownMode));
  }
  return stay(`moving the data of ${name} to other targets`);
}

const scaling: Waiting = {
  ...{ reason: ais.reason.scaling, message: '', change: 'Scaling' },
  againAfterMs: lookAgainMs.targets,
};

function retain(
  nodes: readonly AisNode[],
  pod: string,
  gone: TargetPlan,
  stay: (message: string, calls: readonly AisCall[]) => TargetPlan,
): TargetPlan {
  const calls = nodes
    .filter(({ flags }) => !flags.inMaintenance)
    .map(({ id }): AisCall => ({ kind: 'start maintenance', node: id, pod, rebalance: false }));
  return calls.length === 0 ? gone : stay(`taking ${pod} out of service`, calls);
}

function decommissionCalls(nodes: readonly AisNode[], pod: string, mode: ScaleDownMode): AisCall[] {
  const removeUserData = mode === 'decommission';
  return nodes.map(({ id }) => ({ kind: 'decommission', node: id, pod, removeUserData }));
}
