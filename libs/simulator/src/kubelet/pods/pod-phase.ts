import { type Container, type ContainerStatus, isSidecar, type Pod, type PodPhase } from '../pod-model.ts';
import { restartsAfter } from './restart-rules.ts';

/** What the phase of a pod follows from. */
export interface PhaseInput {
  readonly pod: Pod;
  readonly statuses: readonly ContainerStatus[];
  /** The pod has been told to end, so nothing starts again whatever the policy. */
  readonly ending: boolean;
}

type ContainerPhase = 'pending' | 'running' | 'waiting' | 'stopped' | 'unknown';

/** The phase that follows from the containers' statuses. */
export function podPhase({ pod, statuses, ending }: PhaseInput): PodPhase {
  const { spec } = pod;
  const init = (spec.initContainers ?? []).filter((one) => !isSidecar(one));
  const sidecars = (spec.initContainers ?? []).filter(isSidecar);
  const of = (container: Container): ContainerStatus | undefined =>
    statuses.find((status) => status.name === container.name);

  if (init.some((one) => failedTerminally(pod, one, of(one)))) return 'Failed';
  const initPending = init.some((one) => initPhase(of(one)) === 'pending');
  const mains = spec.containers.map((one) => mainPhase(of(one)));
  const side = sidecars.map((one) => sidecarPhase(of(one)));
  const sidecarPending =
    sidecars.some((one) => sidecarIsPending(of(one))) &&
    !mains.some((one) => one === 'running' || one === 'stopped');
  const all = [...mains, ...side];
  if (initPending || sidecarPending || all.includes('waiting')) return 'Pending';
  if (all.includes('unknown')) return 'Pending';
  if (all.includes('running')) return 'Running';
  if (!mains.includes('stopped')) return 'Pending';
  const exits = spec.containers.map((one) => ({ container: one, code: lastExit(of(one)) ?? 0 }));
  const coming = exits.some(({ container, code }) => restartsAfter(spec, container, code));
  if (coming && !ending) return 'Running';
  const succeeded = spec.containers.every((one) => of(one)?.state?.terminated?.exitCode === 0);
  return succeeded ? 'Succeeded' : 'Failed';
}

function lastExit(status: ContainerStatus | undefined): number | undefined {
  return (status?.state?.terminated ?? (status?.state?.waiting && status.lastState?.terminated))?.exitCode;
}

function failedTerminally(pod: Pod, container: Container, status: ContainerStatus | undefined): boolean {
  const code = lastExit(status);
  return code !== undefined && code !== 0 && !restartsAfter(pod.spec, container, code);
}

function initPhase(status: ContainerStatus | undefined): ContainerPhase {
  if (status?.state?.terminated !== undefined) return 'stopped';
  return status?.state?.waiting !== undefined && status.lastState?.terminated !== undefined
    ? 'stopped'
    : 'pending';
}

function mainPhase(status: ContainerStatus | undefined): ContainerPhase {
  if (status?.state?.running !== undefined) return 'running';
  if (status?.state?.terminated !== undefined) return 'stopped';
  if (status?.state?.waiting === undefined) return 'unknown';
  return status.lastState?.terminated === undefined ? 'waiting' : 'stopped';
}

/** Sidecars that have ended do not count. */
function sidecarPhase(status: ContainerStatus | undefined): ContainerPhase {
  const phase = mainPhase(status);
  return phase === 'stopped' ? 'pending' : phase;
}

function sidecarIsPending(status: ContainerStatus | undefined): boolean {
  if (status?.state?.running !== undefined) return status.started !== true;
  return status?.state?.waiting !== undefined && status.lastState?.terminated === undefined;
}
