import { isActive } from '@rackwright/aistore';
import { ais } from '@rackwright/keys';
import type { AisCall } from '../calls.ts';
import type { TemplateInput } from '../manifests/pod-template.ts';
import { statefulSet } from '../manifests/stateful-set.ts';
import type { Observation } from '../observed/observation.ts';
import type { PodFacts } from '../pod-facts.ts';
import { activeCount, nodesOf, podOf, type RoleFacts, type SetState, stateOfSet } from '../role-facts.ts';
import { type Drain, type DrainInput, planDrain } from './drain.ts';
import { keptTemplate } from './kept-template.ts';
import { lookAgainMs, type RolePlan, type Waiting } from './role-plan.ts';
import { planShrink, type ScaleDownMode } from './shrink.ts';

const { reason } = ais;

export interface TargetInput {
  readonly facts: RoleFacts;
  readonly template: TemplateInput;
  readonly ais: Observation | undefined;
  readonly scaleDownMode: ScaleDownMode;
  /** Whether the configuration of the cluster has rebalance switched off, as it must be while targets restart. */
  readonly isRebalanceOff: boolean;
  readonly drains: Pick<DrainInput, 'cordoned' | 'noted' | 'movesObjects'>;
}

/** What is done about targets, and what it means for rebalance. */
export interface TargetPlan extends RolePlan {
  /** What rebalance must be meanwhile; undefined where it does not matter. */
  readonly rebalance?: 'on' | 'off';
  readonly drain?: Drain;
}

/** What is done about the targets, once proxies answer (ais.md §2.4 to §2.7). */
export function planTargets(input: TargetInput): TargetPlan {
  const { facts, template } = input;
  const { set, size } = facts;
  if (set === undefined)
    return {
      ...{ set: statefulSet(template, { replicas: size }), calls: [], restarts: [] },
      waiting: { ...wait(`${size} targets`), againAfterMs: lookAgainMs.step },
    };
  const state = stateOfSet(set, facts.pods);
  const choice = keptTemplate(template, set);
  const as = (shape: { replicas?: number } = {}) => ({
    set: statefulSet(template, { replicas: state.replicas, ...shape, ...choice.kept }),
    calls: [] as AisCall[],
    restarts: [] as PodFacts[],
  });
  if (!state.isCurrent)
    return { ...as(), waiting: { ...wait('the StatefulSet of targets'), againAfterMs: lookAgainMs.status } };
  if (choice.rolls.length > 0 && !state.isScaling && state.replicas <= size) {
    const waiting: Waiting = { ...wait(`targets with new ${choice.rolls.join(', ')}`), change: 'Upgrading' };
    // Rebalance is switched off before the first target goes: nothing is to be moved for a restart.
    return {
      ...{ set: statefulSet(template, { replicas: state.replicas }), calls: [], restarts: [] },
      ...{ rebalance: 'off', waiting },
    };
  }
  if (state.isRolling) return { ...as(), ...nextRestart(input, state), rebalance: 'off' };
  if (state.replicas < size) return { ...as(), ...grow(input, state, as) };
  if (state.replicas > size) return planShrink({ ...input, state, as });
  const drain = planDrain({ ...input.drains, facts, ais: input.ais });
  if (drain !== undefined) return { ...as(), ...drain };
  const waiting = notReady(input, state);
  return waiting === undefined ? as() : { ...as(), waiting, ...rebalanceWhile(facts, waiting) };
}

/** Targets that are on their way into a cluster that is made larger by several must not each start a rebalance. */
function rebalanceWhile({ map }: RoleFacts, { change }: Waiting): { rebalance?: 'off' } {
  return change === 'Scaling' && map !== undefined ? { rebalance: 'off' } : {};
}

function grow(
  { facts, ais }: TargetInput,
  state: SetState,
  as: (shape: { replicas?: number }) => Pick<RolePlan, 'set' | 'calls' | 'restarts'>,
): Partial<TargetPlan> {
  const { size } = facts;
  const byMany = state.replicas > 0 && size - state.replicas > 1;
  const waiting: Waiting = { ...wait(`${size} targets`), change: 'Scaling' };
  if (byMany && ais?.isReady !== true)
    return { waiting: { ...waiting, message: 'waiting for the cluster to be ready for more targets' } };
  return { ...as({ replicas: size }), waiting, ...(byMany ? { rebalance: 'off' } : {}) };
}

/**
 * The next target to be replaced: one at a time from the lowest ordinal, and the next one once
 * the last is back in the cluster. In maintenance first, so that nothing is moved for it.
 */
function nextRestart(
  { facts, isRebalanceOff }: TargetInput,
  { updateRevision, replicas }: SetState,
): Partial<TargetPlan> {
  const step = (message: string, rest: Partial<TargetPlan> = {}): Partial<TargetPlan> => ({
    ...rest,
    waiting: {
      ...{ reason: reason.upgrading, message, change: 'Upgrading' },
      againAfterMs: lookAgainMs.step,
    },
  });
  for (let ordinal = 0; ordinal < replicas; ordinal++) {
    const pod = podOf(facts, ordinal);
    const name = `${facts.cluster}-target-${ordinal}`;
    if (pod === undefined) return step(`waiting for pod ${name} to be made`);
    if (pod.isTerminating) return step(`waiting for pod ${name} to end`);
    if (pod.revision !== updateRevision) return restart(facts, pod, isRebalanceOff, step);
    // One that no node has room for would hold up all others.
    if (pod.unschedulable !== undefined) continue;
    if (!pod.isReady) return step(`waiting for pod ${name} to be ready${problemOf(pod)}`);
  }
  return step('waiting for the StatefulSet of targets');
}

function restart(
  facts: RoleFacts,
  pod: PodFacts,
  isRebalanceOff: boolean,
  step: (message: string, rest?: Partial<TargetPlan>) => Partial<TargetPlan>,
): Partial<TargetPlan> {
  const replaced = step(`replacing pod ${pod.name}`, { restarts: [pod] });
  // It serves nothing, so nothing has to be told of it.
  if (pod.unschedulable !== undefined) return replaced;
  if (facts.map === undefined) return step(`waiting for the cluster map before pod ${pod.name} is replaced`);
  const nodes = nodesOf(facts, pod.ordinal);
  const active = nodes.filter(isActive);
  if (nodes.length === 0) {
    // A target that cannot run is in no map; one that runs is about to join it.
    return pod.isReady ? step(`waiting for pod ${pod.name} to join the cluster`) : replaced;
  }
  if (!isRebalanceOff) return step('waiting for rebalance to be switched off');
  if (active.length === 0) return replaced;
  const calls: AisCall[] = active.map(({ id }) => ({
    ...{ kind: 'start maintenance', node: id, pod: pod.name, rebalance: false },
  }));
  return step(`taking pod ${pod.name} out of service`, { calls });
}

function problemOf({ broken, unschedulable }: PodFacts): string {
  const problem = broken ?? unschedulable;
  return problem === undefined ? '' : `: ${problem}`;
}

function notReady({ facts, ais }: TargetInput, { ready, current }: SetState): Waiting | undefined {
  const { size, minReady, pods } = facts;
  const broken = pods.find((pod) => pod.broken !== undefined || pod.unschedulable !== undefined);
  const why = broken === undefined ? '' : `: ${broken.name}${problemOf(broken)}`;
  const again = { againAfterMs: lookAgainMs.targets };
  if (current !== size || ready < minReady)
    return { reason: reason.podsNotReady, message: `${ready} of ${size} targets are ready${why}`, ...again };
  if (ais?.map !== undefined && activeCount(facts) < minReady) {
    const message = `${activeCount(facts)} of ${size} targets take part in the cluster`;
    return { reason: reason.nodesMissing, message, againAfterMs: lookAgainMs.notReady };
  }
  return undefined;
}

function wait(what: string): Waiting {
  return {
    ...{ reason: reason.podsNotReady, message: `waiting for ${what}` },
    againAfterMs: lookAgainMs.targets,
  };
}
