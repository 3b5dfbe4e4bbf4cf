import { kubelet, kubernetes } from '@rackwright/keys';
import type { Event, Pod } from '@rackwright/kube';
import { type AgentFailure, brief, type Cause } from './agent-failure.ts';
import { containerFailure } from './container-failure.ts';
import { agentOf, type RolloutAgent, type RolloutKind } from './kind.ts';
import { newestEvent } from './newest-event.ts';

/** Why the kubelet has not begun with a container; it says so in events only. */
export const podEventReasons: readonly string[] = [kubelet.event.failedMount, kubelet.event.failedSandbox];

const { podCondition } = kubernetes;
const log = 'look at its log with kubectl logs';

/** One failure for each pod of an agent that is not ready and shall go on. `events` are those about pods. */
export function podFailures<C extends string>(
  kind: RolloutKind<C>,
  pods: readonly Pod[],
  events: readonly Event[] = [],
): AgentFailure<C>[] {
  return pods.flatMap((pod) => {
    const agent = agentOf(kind, pod.metadata?.labels?.[kubernetes.label.component]);
    if (agent === undefined || isReady(pod) || pod.metadata?.deletionTimestamp !== undefined) return [];
    const cause = definiteCause(pod, { kind, agent, events });
    const node = nodeOf(pod);
    return [
      {
        component: agent.component,
        ...(node === undefined ? {} : { node }),
        pod: pod.metadata?.name ?? '',
        nodes: 1,
        definite: cause !== undefined,
        ...(cause ?? unknownCause(pod)),
      },
    ];
  });
}

/** The pods whose container nobody has begun with although they have a node. */
export function areWaitingForKubelet(pods: readonly Pod[]): boolean {
  return pods.some(({ spec, status }) => {
    const [container] = status?.containerStatuses ?? [];
    return (
      spec?.nodeName !== undefined &&
      status?.phase === 'Pending' &&
      (container === undefined || container.state?.waiting?.reason === kubelet.waiting.containerCreating)
    );
  });
}

export function isReady({ status }: Pod): boolean {
  return status?.conditions?.find(({ type }) => type === podCondition.ready)?.status === 'True';
}

interface Context {
  readonly kind: RolloutKind;
  readonly agent: RolloutAgent;
  readonly events: readonly Event[];
}

function definiteCause(pod: Pod, context: Context): Cause | undefined {
  return (
    failedPhase(pod) ??
    containersOf(pod, context.agent) ??
    unschedulable(pod, context.kind) ??
    kubeletEvent(pod, context)
  );
}

/** Evicted, or refused by the kubelet; its DaemonSet makes another. */
function failedPhase({ status }: Pod): Cause | undefined {
  if (status?.phase !== 'Failed') return undefined;
  const cause = `${status.reason ?? 'Failed'}: ${brief(status.message)}`;
  return { cause, remedy: 'give the node what the message says it lacks' };
}

function containersOf({ status }: Pod, agent: RolloutAgent): Cause | undefined {
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  for (const container of all) {
    const cause = containerFailure(container, agent);
    if (cause !== undefined) return cause;
  }
  return undefined;
}

function unschedulable({ status }: Pod, { remedies }: RolloutKind): Cause | undefined {
  const scheduled = status?.conditions?.find(({ type }) => type === podCondition.scheduled);
  if (scheduled?.status !== 'False' || scheduled.reason !== podCondition.unschedulable) return undefined;
  return {
    cause: `${podCondition.unschedulable}: ${brief(scheduled.message)}`,
    remedy: remedies.unschedulable,
  };
}

function kubeletEvent(pod: Pod, { kind, events }: Context): Cause | undefined {
  // What the kubelet met before the container began is over once it did.
  if (!areWaitingForKubelet([pod])) return undefined;
  const about = events.filter(({ regarding }) => regarding?.uid === pod.metadata?.uid);
  const event = newestEvent(about, podEventReasons);
  if (event === undefined) return undefined;
  const remedy =
    event.reason === kubelet.event.failedMount
      ? kind.remedies.failedMount
      : "look at the container runtime's log on that node";
  return { cause: `${event.reason}: ${brief(event.note)}`, remedy };
}

function unknownCause(pod: Pod): Cause {
  const ready = pod.status?.conditions?.find(({ type }) => type === podCondition.ready);
  if (pod.status?.phase !== 'Pending') {
    return {
      cause: `it runs and is not ready${ready?.message ? `: ${brief(ready.message)}` : ''}`,
      remedy: log,
    };
  }
  return { cause: 'its container has not started', remedy: 'see whether the node is Ready' };
}

/** A DaemonSet names the node of a pod that is not scheduled yet in its affinity. */
function nodeOf({ spec }: Pod): string | undefined {
  if (spec?.nodeName !== undefined) return spec.nodeName;
  const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const fields = required?.nodeSelectorTerms.flatMap(({ matchFields }) => matchFields ?? []);
  return fields?.find(({ key }) => key === 'metadata.name')?.values?.[0];
}
