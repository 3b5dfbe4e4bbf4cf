import {
  type Container,
  type ContainerStatus,
  isSidecar,
  type Pod,
  type PodCondition,
  type PodPhase,
} from '../pod-model.ts';

/** What the kubelet's conditions of a pod follow from. */
export interface ConditionInput {
  readonly pod: Pod;
  readonly init: readonly ContainerStatus[];
  readonly main: readonly ContainerStatus[];
  readonly phase: PodPhase;
  /** Whether the pod has a network address. */
  readonly sandboxReady: boolean;
}

type Verdict = Pick<PodCondition, 'status' | 'reason' | 'message'>;

const yes: Verdict = { status: 'True' };

/** The conditions a kubelet owns; times are filled in when they are published. */
export function podConditions(input: ConditionInput): PodCondition[] {
  const containersReady = containersReadiness(input);
  const verdicts: Record<string, Verdict> = {
    PodReadyToStartContainers: { status: input.sandboxReady ? 'True' : 'False' },
    Initialized: initialization(input),
    Ready: containersReady.status === 'True' ? readinessGates(input.pod) : containersReady,
    ContainersReady: containersReady,
    PodScheduled: yes,
  };
  const generation = input.pod.metadata?.generation;
  return Object.entries(verdicts).map(([type, verdict]) => ({
    type,
    ...verdict,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  }));
}

function containersReadiness({ pod, init, main, phase }: ConditionInput): Verdict {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  const wanted = [...(pod.spec.initContainers ?? []).filter(isSidecar), ...pod.spec.containers];
  return verdict('ContainersNotReady', 'unready', wanted, [...init, ...main], (_, status) => status.ready);
}

function initialization({ pod, init, main, phase }: ConditionInput): Verdict {
  const containers = pod.spec.initContainers ?? [];
  if (phase === 'Succeeded') return { status: 'True', reason: 'PodCompleted' };
  if (main.some(hasStarted)) return yes;
  return verdict('ContainersNotInitialized', 'incomplete', containers, init, (container, status) =>
    isSidecar(container) ? status.started === true : status.ready,
  );
}

function hasStarted({ state, lastState }: ContainerStatus): boolean {
  return (state?.running ?? state?.terminated ?? lastState?.terminated) !== undefined;
}

function verdict(
  reason: string,
  adjective: string,
  containers: readonly Container[],
  statuses: readonly ContainerStatus[],
  good: (container: Container, status: ContainerStatus) => boolean,
): Verdict {
  const unknown: string[] = [];
  const bad: string[] = [];
  for (const container of containers) {
    const status = statuses.find((one) => one.name === container.name);
    if (status === undefined) unknown.push(container.name);
    else if (!good(container, status)) bad.push(container.name);
  }
  const parts = [
    ...(unknown.length === 0 ? [] : [`containers with unknown status: [${unknown.join(' ')}]`]),
    ...(bad.length === 0 ? [] : [`containers with ${adjective} status: [${bad.join(' ')}]`]),
  ];
  return parts.length === 0 ? yes : { status: 'False', reason, message: parts.join(', ') };
}

function readinessGates(pod: Pod): Verdict {
  const missing = (pod.spec.readinessGates ?? []).filter(
    (gate) =>
      !pod.status?.conditions?.some((one) => one.type === gate.conditionType && one.status === 'True'),
  );
  if (missing.length === 0) return yes;
  const names = missing.map((gate) => gate.conditionType).join(', ');
  return { status: 'False', reason: 'ReadinessGatesNotReady', message: `readiness gates not True: ${names}` };
}
