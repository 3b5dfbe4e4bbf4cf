import { kubernetes } from '@rackwright/keys';
import type { DaemonSet, Event } from '@rackwright/kube';
import { type AgentFailure, brief, type Cause } from './agent-failure.ts';
import { agentOf, type RolloutKind } from './kind.ts';
import { newestEvent } from './newest-event.ts';
import { componentOf } from './rollout.ts';

const noPriorityClass = /no PriorityClass with name/;

/** Who else refused a pod, known by the words of the API server, and what helps. */
const refusals: readonly (readonly [words: RegExp, remedy: string])[] = [
  [/exceeded quota|insufficient quota|failed quota/, 'raise the ResourceQuota of the namespace'],
  [
    /violates PodSecurity/,
    'label the namespace pod-security.kubernetes.io/enforce=privileged, as the agents use folders of the host',
  ],
  [/serviceaccount/i, 'see who deletes the account; the operator makes it anew'],
  [/LimitRange|(maximum|minimum) (cpu|memory) usage/i, 'change the LimitRange or the resources in the spec'],
  [/admission webhook|failed calling webhook/, 'exempt the namespace from that webhook, or mend it'],
  [/ValidatingAdmissionPolicy/, 'exempt the namespace from that policy'],
];

/** How many nodes a DaemonSet has no pod for although it should. */
export function unmadePods({ status = {} }: DaemonSet): number {
  return Math.max(0, (status.desiredNumberScheduled ?? 0) - (status.currentNumberScheduled ?? 0));
}

/** One failure for each DaemonSet whose pods are refused before they exist, from the events about it. */
export function refusedPods<C extends string>(
  kind: RolloutKind<C>,
  daemonSets: readonly DaemonSet[],
  events: readonly Event[],
): AgentFailure<C>[] {
  return daemonSets.flatMap((daemonSet) => {
    const nodes = unmadePods(daemonSet);
    const component = agentOf(kind, componentOf(daemonSet))?.component;
    const about = events.filter(({ regarding }) => regarding?.uid === daemonSet.metadata?.uid);
    const event = newestEvent(about, [kubernetes.event.failedCreate]);
    if (nodes === 0 || component === undefined || event === undefined) return [];
    return [{ component, nodes, definite: true, ...causeOf(event.note ?? '', kind) }];
  });
}

function causeOf(note: string, { remedies }: RolloutKind): Cause {
  // The name the API server was to complete is no pod's.
  const why = note.replace(/^Error creating: /, '').replace(/^pods "[^"]*" is forbidden: /, '');
  const known: typeof refusals = [[noPriorityClass, remedies.noPriorityClass], ...refusals];
  const remedy = known.find(([words]) => words.test(note))?.[1] ?? 'see kubectl describe of the DaemonSet';
  return { cause: `pod refused: ${brief(why)}`, remedy };
}
