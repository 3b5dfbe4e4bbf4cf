import { kubelet } from '@rackwright/keys';
import { type ContainerStatus, type Pod, type PodStatus, podUid } from '../pod-model.ts';
import type { PodProber } from '../probes/pod-prober.ts';
import type { ContainerRecord } from '../runtime/container-record.ts';
import { apiTime, containerStatuses, type WaitingReason } from './container-statuses.ts';
import { podConditions } from './pod-conditions.ts';
import { podPhase } from './pod-phase.ts';

/** Everything a pod's status is made of. */
export interface PodStatusInput {
  readonly pod: Pod;
  readonly records: readonly ContainerRecord[];
  readonly waiting: ReadonlyMap<string, WaitingReason>;
  readonly prober: Pick<PodProber, 'complete'>;
  readonly devices: {
    healthOf(uid: string, container: string): NonNullable<ContainerStatus['allocatedResourcesStatus']>;
  };
  readonly hostIp: string;
  /** The pod's address once it has one. */
  readonly podIp: string | undefined;
  /** Nothing of the pod will start again. */
  readonly ending: boolean;
  /** All containers have ended; what never ran is reported as lost. */
  readonly ended: boolean;
  /** Milliseconds since the epoch when the kubelet first saw the pod. */
  readonly seenAt: number;
}

/** The status a kubelet reports for a pod. */
export function podStatus(input: PodStatusInput): PodStatus {
  const { pod, devices } = input;
  const main = containerStatuses(input, pod.spec.containers);
  const init = containerStatuses(input, pod.spec.initContainers ?? []);
  if (input.ended) for (const status of [...main, ...init]) closeState(status);
  input.prober.complete([...main, ...init]);
  for (const status of main) {
    const health = devices.healthOf(podUid(pod), status.name);
    if (health.length > 0) status.allocatedResourcesStatus = health;
  }
  const phase = keptPhase(pod) ?? podPhase({ pod, statuses: [...main, ...init], ending: input.ending });
  const podIp = input.podIp ?? pod.status?.podIP;
  const generation = pod.metadata?.generation;
  return {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    phase,
    conditions: podConditions({ pod, init, main, phase, sandboxReady: input.podIp !== undefined }),
    hostIP: input.hostIp,
    hostIPs: [{ ip: input.hostIp }],
    ...(podIp === undefined ? {} : { podIP: podIp, podIPs: [{ ip: podIp }] }),
    startTime: pod.status?.startTime ?? apiTime(input.seenAt),
    ...(init.length === 0 ? {} : { initContainerStatuses: init }),
    containerStatuses: main,
    ...(pod.status?.reason === undefined ? {} : { reason: pod.status.reason }),
    ...(pod.status?.message === undefined ? {} : { message: pod.status.message }),
  };
}

/** A pod never leaves its last phase. */
function keptPhase(pod: Pod): 'Succeeded' | 'Failed' | undefined {
  const phase = pod.status?.phase;
  return phase === 'Succeeded' || phase === 'Failed' ? phase : undefined;
}

/** A container that is not running and has not ended by now never will. */
function closeState(status: ContainerStatus): void {
  if (status.state?.terminated !== undefined) return;
  if (status.lastState?.terminated !== undefined) {
    status.state = status.lastState;
    status.lastState = {};
    return;
  }
  status.state = {
    terminated: { exitCode: 137, reason: kubelet.terminated.unknown, message: 'the container never ran' },
  };
}
