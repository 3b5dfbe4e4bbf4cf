import { ais } from '@rackwright/keys';
import type { AisCall } from '../calls.ts';
import type { TemplateInput } from '../manifests/pod-template.ts';
import { statefulSet } from '../manifests/stateful-set.ts';
import {
  activeNodeOf,
  nodesOf,
  podOf,
  primaryOrdinal,
  type RoleFacts,
  type SetState,
  stateOfSet,
} from '../role-facts.ts';
import { keptTemplate, type TemplateChoice } from './kept-template.ts';
import { lookAgainMs, type RolePlan, type Waiting } from './role-plan.ts';

const { reason } = ais;

export interface ProxyInput {
  readonly facts: RoleFacts;
  readonly template: TemplateInput;
  /** Whether the cluster was complete once. */
  readonly wasCreated: boolean;
}

/** What is done about the proxies (ais.md §2.4 to §2.7). */
export function planProxies({ facts, template, wasCreated }: ProxyInput): RolePlan {
  const { set, size } = facts;
  // The first one is to be the primary: the others join it.
  if (set === undefined)
    return {
      ...{ set: statefulSet(template, { replicas: 1 }), calls: [], restarts: [] },
      waiting: wait(facts, 'the first proxy to run'),
    };
  const state = stateOfSet(set, facts.pods);
  const choice = keptTemplate(template, set);
  const keep = (shape: Partial<{ replicas: number; partition: number }>): RolePlan['set'] =>
    statefulSet(template, {
      ...{ replicas: state.replicas, partition: state.partition, ...shape },
      ...choice.kept,
    });
  const as = (shape = {}, calls: readonly AisCall[] = []) => ({ set: keep(shape), calls, restarts: [] });
  if (!state.isCurrent)
    return { ...as(), waiting: { ...wait(facts, 'its StatefulSet'), againAfterMs: lookAgainMs.status } };
  if (!wasCreated && state.replicas < size) {
    const first = podOf(facts, 0);
    if (first?.isRunning === true) return { ...as({ replicas: size }), waiting: wait(facts, 'its proxies') };
    // None is left of one that was shut down early; and one that cannot run gets what mends it.
    const shape = { replicas: Math.max(1, state.replicas) };
    const mended = choice.rolls.length > 0 ? statefulSet(template, shape) : keep(shape);
    return { ...as(), set: mended, waiting: wait(facts, `pod ${set.metadata?.name}-0 to run${why(first)}`) };
  }
  if (choice.rolls.length > 0 && !state.isScaling) return startRollout({ facts, template, state, choice });
  if (state.isRolling) return goOn({ facts, state, as });
  if (state.replicas !== size) return scale({ facts, state, as });
  const behind = notReady(facts, state);
  return behind === undefined ? as() : { ...as(), waiting: behind };
}

/** The first proxy becomes the primary, and is replaced last. */
function startRollout({
  facts,
  template,
  state,
  choice,
}: {
  readonly facts: RoleFacts;
  readonly template: TemplateInput;
  readonly state: SetState;
  readonly choice: TemplateChoice;
}): RolePlan {
  const first = activeNodeOf(facts, 0);
  const isFirstFine = podOf(facts, 0)?.isReady === true && first !== undefined;
  // Where it is broken itself nothing is protected by keeping it, and the mend would never reach it.
  const partition = isFirstFine && state.replicas > 1 ? 1 : 0;
  const calls: AisCall[] =
    isFirstFine && facts.map?.primary !== first.id ? [primary(facts, 0, first.id)] : [];
  return {
    ...{ set: statefulSet(template, { replicas: state.replicas, partition }), calls, restarts: [] },
    waiting: { ...wait(facts, `proxies with new ${choice.rolls.join(', ')}`), change: 'Upgrading' },
  };
}

/** A StatefulSet that is there, and what makes a plan that leaves it as it is but for its shape. */
interface Step {
  readonly facts: RoleFacts;
  readonly state: SetState;
  readonly as: (shape?: object, calls?: readonly AisCall[]) => RolePlan;
}

function goOn({ facts, state, as }: Step): RolePlan {
  const old = facts.pods.filter(({ revision }) => revision !== state.updateRevision);
  const message = `${old.length} of ${state.current} proxies to be replaced${why(broken(facts))}`;
  const waiting: Waiting = { ...wait(facts, message), change: 'Upgrading' };
  if (state.partition === 0) return { ...as(), waiting };
  const others = facts.pods.filter(({ ordinal }) => ordinal >= state.partition);
  const first = podOf(facts, 0);
  const allOthersDone = others.every((pod) => pod.isReady && pod.revision === state.updateRevision);
  const isFirstFine = first?.isReady === true;
  if (!allOthersDone && isFirstFine) return { ...as(), waiting };
  const heir = [...others]
    .reverse()
    .find((pod) => pod.isReady && activeNodeOf(facts, pod.ordinal) !== undefined);
  const node = heir === undefined ? undefined : activeNodeOf(facts, heir.ordinal);
  if (heir === undefined || node === undefined)
    // A first proxy that is broken has nothing to hand over.
    return isFirstFine ? { ...as(), waiting } : { ...as({ partition: 0 }), waiting };
  const calls = facts.map?.primary === node.id ? [] : [primary(facts, heir.ordinal, node.id)];
  return { ...as({ partition: 0 }, calls), waiting };
}

/** Before proxies go one that stays is the primary, and those that go say so. */
function scale({ facts, state, as }: Step): RolePlan {
  const { size } = facts;
  const waiting: Waiting = { ...wait(facts, `${size} proxies`), change: 'Scaling' };
  if (size > state.replicas) return { ...as({ replicas: size }), waiting };
  const current = primaryOrdinal(facts);
  if (current !== undefined && current < size)
    return { ...as({ replicas: size }, leavingCalls(facts, state, facts.map?.primary)), waiting };
  const heir = facts.pods.find(
    (pod) =>
      pod.ordinal < size &&
      pod.isReady &&
      pod.revision === state.updateRevision &&
      activeNodeOf(facts, pod.ordinal) !== undefined,
  );
  const node = heir === undefined ? undefined : activeNodeOf(facts, heir.ordinal);
  if (heir === undefined || node === undefined)
    return {
      ...as(),
      waiting: { ...waiting, message: 'waiting for a proxy that stays to become the primary' },
    };
  const calls = [primary(facts, heir.ordinal, node.id), ...leavingCalls(facts, state, node.id)];
  return { ...as({ replicas: size }, calls), waiting };
}

function leavingCalls(facts: RoleFacts, { replicas }: SetState, primaryId: string | undefined): AisCall[] {
  const { size } = facts;
  const leaving: AisCall[] = [];
  for (let ordinal = replicas - 1; ordinal >= size; ordinal--)
    for (const { id, flags } of nodesOf(facts, ordinal))
      if (id !== primaryId && !flags.decommissioning)
        leaving.push({
          ...{ kind: 'decommission', node: id, pod: podName(facts, ordinal) },
          ...{ removeUserData: true, optional: true },
        });
  return leaving;
}

function primary(facts: RoleFacts, ordinal: number, node: string): AisCall {
  return { kind: 'set primary', node, pod: podName(facts, ordinal) };
}

function podName({ cluster, role }: RoleFacts, ordinal: number): string {
  return `${cluster}-${role}-${ordinal}`;
}

function notReady(facts: RoleFacts, { ready, current }: SetState): Waiting | undefined {
  if (current === facts.size && ready >= facts.minReady) return undefined;
  const message = `${ready} of ${facts.size} proxies are ready${why(broken(facts))}`;
  return { reason: reason.podsNotReady, message, againAfterMs: lookAgainMs.proxies };
}

function broken({ pods }: RoleFacts) {
  return pods.find((pod) => pod.broken !== undefined || pod.unschedulable !== undefined);
}

/** What is wrong with a pod, behind a message. */
function why(pod: RoleFacts['pods'][number] | undefined): string {
  const problem = pod?.broken ?? pod?.unschedulable;
  return pod === undefined || problem === undefined ? '' : `: ${pod.name}: ${problem}`;
}

function wait(_facts: RoleFacts, what: string): Waiting {
  return { reason: reason.podsNotReady, message: `waiting for ${what}`, againAfterMs: lookAgainMs.proxies };
}
