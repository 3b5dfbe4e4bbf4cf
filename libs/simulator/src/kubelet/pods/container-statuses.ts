import { kubelet } from '@rackwright/keys';
import type { Container, ContainerState, ContainerStatus, Pod } from '../pod-model.ts';
import { type ContainerRecord, containerId } from '../runtime/container-record.ts';
import { wantsStart } from './restart-rules.ts';

/** Why a container could not be started, as its waiting state shows it. */
export interface WaitingReason {
  readonly reason: string;
  readonly message: string;
}

/** Facts the statuses of a pod's containers are made of. */
export interface StatusInput {
  readonly pod: Pod;
  /** Containers of the runtime, all attempts. */
  readonly records: readonly ContainerRecord[];
  /** Failures of the last try to start, by container name. */
  readonly waiting: ReadonlyMap<string, WaitingReason>;
}

/** The API's statuses of init or main containers, in the order of the spec; `ready` and `started` are not filled in. */
export function containerStatuses(input: StatusInput, containers: readonly Container[]): ContainerStatus[] {
  return containers.map((container) => containerStatus(input, container));
}

function containerStatus({ pod, records, waiting }: StatusInput, container: Container): ContainerStatus {
  const own = records.filter((one) => one.name === container.name).sort((a, b) => b.attempt - a.attempt);
  const [current, previous] = own;
  const isInit = pod.spec.initContainers?.includes(container) ?? false;
  const status: ContainerStatus = {
    name: container.name,
    image: container.image ?? '',
    imageID: current === undefined ? '' : `rackwright://${current.image}`,
    ready: false,
    restartCount: current?.attempt ?? 0,
    state: current === undefined ? notCreated(pod) : recordState(current),
    lastState: previous === undefined ? {} : recordState(previous),
    ...(current === undefined ? {} : { containerID: containerId(current) }),
  };
  const reason = waiting.get(container.name);
  const completed = isInit && current?.state === 'exited' && current.exitCode === 0;
  if (reason === undefined || completed || !wantsStart(pod, container, records)) return status;
  if (status.state?.terminated !== undefined) status.lastState = status.state;
  return { ...status, state: { waiting: { ...reason } } };
}

function notCreated(pod: Pod): ContainerState {
  const hasInit = (pod.spec.initContainers ?? []).length > 0;
  return {
    waiting: { reason: hasInit ? kubelet.waiting.podInitializing : kubelet.waiting.containerCreating },
  };
}

function recordState(record: ContainerRecord): ContainerState {
  if (record.state === 'created') return { waiting: {} };
  if (record.state === 'running') return { running: { startedAt: apiTime(record.startedAt) } };
  return {
    terminated: {
      exitCode: record.exitCode ?? 0,
      reason: record.reason ?? kubelet.terminated.error,
      ...(record.message === undefined ? {} : { message: record.message }),
      startedAt: apiTime(record.startedAt),
      finishedAt: apiTime(record.finishedAt),
      containerID: containerId(record),
    },
  };
}

/** A time of the API: seconds, UTC. What never happened is the epoch, as container runtimes report it. */
export function apiTime(ms = 0): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
