import { isActive } from '@rackwright/aistore';
import { ais } from '@rackwright/keys';
import type { Node } from '@rackwright/kube';
import type { AisCall } from '../calls.ts';
import type { Observation } from '../observed/observation.ts';
import type { PodFacts } from '../pod-facts.ts';
import { activeCount, nodesOf, type RoleFacts } from '../role-facts.ts';
import { lookAgainMs, type Waiting } from './role-plan.ts';

/** A target that makes way because its node is being drained. */
export interface Drain {
  /** Its pod, which is noted where it is found again after a restart of the operator. */
  readonly pod: string;
  /** Its objects are elsewhere, or are to stay: it may be evicted. */
  readonly mayGo: boolean;
}

export interface DrainInput {
  readonly facts: RoleFacts;
  readonly ais: Observation | undefined;
  /** Nodes that take no more pods. */
  readonly cordoned: ReadonlySet<string>;
  /** The pod that was noted. */
  readonly noted: string | undefined;
  /** Whether objects move when a target goes: not where the spec has rebalance off. */
  readonly movesObjects: boolean;
}

/** What is done for a target whose node is being drained, and what keeps it noted. */
export interface DrainPlan {
  readonly drain: Drain;
  readonly calls: readonly AisCall[];
  readonly waiting: Waiting;
  readonly rebalance: 'on';
}

/** Names of the nodes that were cordoned, which is what `kubectl drain` does first. */
export function cordonedNodes(nodes: readonly Node[]): ReadonlySet<string> {
  return new Set(
    nodes.filter(({ spec }) => spec?.unschedulable === true).map(({ metadata }) => metadata?.name ?? ''),
  );
}

/**
 * Has the target of a cordoned node give away its objects, go into maintenance and make way, and
 * brings it back when the node is there again. One at a time; and never the last one, whose
 * objects could go nowhere.
 */
export function planDrain(input: DrainInput): DrainPlan | undefined {
  const { facts, noted } = input;
  if (facts.map === undefined) return undefined;
  const pod = facts.pods.find(({ name }) => name === noted);
  if (noted !== undefined) return pod === undefined ? awaited(noted) : goOn(input, pod);
  const next = facts.pods.find((one) => isDrained(one, input) && nodesOf(facts, one.ordinal).some(isActive));
  const othersAreThere = activeCount(facts) >= facts.minReady && activeCount(facts) > 1;
  if (next === undefined || !othersAreThere || input.ais?.rebalance?.running === true) return undefined;
  // Noted before it is told, so that a new operator brings it back though it knows nothing else.
  return planOf(next.name, `${next.nodeName} is being drained: taking pod ${next.name} out of service`, {
    againAfterMs: lookAgainMs.status,
  });
}

function isDrained({ nodeName, isTerminating }: PodFacts, { cordoned }: DrainInput): boolean {
  return nodeName !== undefined && cordoned.has(nodeName) && !isTerminating;
}

function goOn(input: DrainInput, pod: PodFacts): DrainPlan | undefined {
  const { facts, ais: seen, movesObjects } = input;
  if (pod.isTerminating) return awaited(pod.name);
  const nodes = nodesOf(facts, pod.ordinal);
  const active = nodes.filter(isActive);
  if (!isDrained(pod, input)) return comesBack(input, pod);
  const { nodeName = '' } = pod;
  if (nodes.length === 0)
    return planOf(pod.name, `waiting for pod ${pod.name} on ${nodeName}, which is being drained`);
  if (active.length > 0) {
    const calls = active.map(
      ({ id }): AisCall => ({
        ...{ kind: 'start maintenance', node: id, pod: pod.name, rebalance: movesObjects },
      }),
    );
    return planOf(pod.name, `${nodeName} is being drained: taking pod ${pod.name} out of service`, { calls });
  }
  const isEmpty = !movesObjects || nodes.every(({ flags }) => flags.postRebalance);
  if (isEmpty) {
    const message = `pod ${pod.name} is in maintenance and may be evicted, as ${nodeName} is being drained`;
    return planOf(pod.name, message, { mayGo: true });
  }
  // A rebalance that was called off is started again: objects are still where they were.
  const calls: AisCall[] = seen?.rebalance?.running === true ? [] : [{ kind: 'rebalance' }];
  const message = `moving the objects of pod ${pod.name} to other targets, as ${nodeName} is being drained`;
  return planOf(pod.name, message, { calls });
}

/** Its node is there again, or it has another one. */
function comesBack({ facts }: DrainInput, pod: PodFacts): DrainPlan | undefined {
  const nodes = nodesOf(facts, pod.ordinal);
  if (pod.unschedulable !== undefined)
    return planOf(pod.name, `waiting for a node for pod ${pod.name}: ${pod.unschedulable}`, { mayGo: true });
  const kept = nodes.filter((node) => !isActive(node));
  if (kept.length > 0) {
    const calls = kept.map(({ id }): AisCall => ({ kind: 'stop maintenance', node: id, pod: pod.name }));
    return planOf(pod.name, `bringing pod ${pod.name} back into service`, { calls });
  }
  return nodes.length > 0 && pod.isReady ? undefined : awaited(pod.name);
}

function awaited(pod: string): DrainPlan {
  return planOf(pod, `waiting for pod ${pod}, which was evicted, to be back`, { mayGo: true });
}

function planOf(
  pod: string,
  message: string,
  {
    calls = [],
    mayGo = false,
    againAfterMs = lookAgainMs.step,
  }: { readonly calls?: readonly AisCall[]; readonly mayGo?: boolean; readonly againAfterMs?: number } = {},
): DrainPlan {
  return {
    drain: { pod, mayGo },
    calls,
    waiting: { reason: ais.reason.nodeDrained, message, againAfterMs },
    rebalance: 'on',
  };
}
