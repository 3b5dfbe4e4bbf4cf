import { kubernetes } from '@rackwright/keys';
import type { DaemonSet, Event } from '@rackwright/kube';
import { components } from '../component.ts';
import { componentOf } from '../deletion.ts';
import { type AgentFailure, brief, type Cause } from './agent-failure.ts';
import { newestEvent } from './newest-event.ts';

/** Who refused a pod, known by the words of the API server, and what helps. */
const refusals: readonly (readonly [words: RegExp, remedy: string])[] = [
  [/no PriorityClass with name/, 'make that PriorityClass or change spec.priorityClassName'],
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
export function refusedPods(daemonSets: readonly DaemonSet[], events: readonly Event[]): AgentFailure[] {
  return daemonSets.flatMap((daemonSet) => {
    const nodes = unmadePods(daemonSet);
    const component = components.find((name) => name === componentOf(daemonSet));
    const about = events.filter(({ regarding }) => regarding?.uid === daemonSet.metadata?.uid);
    const event = newestEvent(about, [kubernetes.event.failedCreate]);
    if (nodes === 0 || component === undefined || event === undefined) return [];
    return [{ component, nodes, definite: true, ...causeOf(event.note ?? '') }];
  });
}

function causeOf(note: string): Cause {
  // The name the API server was to complete is no pod's.
  const why = note.replace(/^Error creating: /, '').replace(/^pods "[^"]*" is forbidden: /, '');
  const remedy = refusals.find(([words]) => words.test(note))?.[1] ?? 'see kubectl describe of the DaemonSet';
  return { cause: `pod refused: ${brief(why)}`, remedy };
}
