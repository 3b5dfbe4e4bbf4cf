import type { Container, ContainerStatus, Pod, PodSpec } from '../pod-model.ts';
import type { ProbeResults } from '../probes/probe-results.ts';
import type { ContainerRecord } from '../runtime/container-record.ts';

/** A pod of a spec, as the API server would hand it out. */
export function podWith(spec: Partial<PodSpec>, metadata: Pod['metadata'] = {}): Pod {
  return {
    metadata: { name: 'p', namespace: 'ns', uid: 'u', generation: 1, ...metadata },
    spec: { restartPolicy: 'Always', containers: [], ...spec },
  };
}

/** A container of the runtime. */
export function record(name: string, change: Partial<ContainerRecord> = {}): ContainerRecord {
  const id = `${name}-${change.attempt ?? 0}`;
  const times = { createdAt: 1000, startedAt: 2000 };
  return {
    id,
    podUid: 'u',
    name,
    image: '',
    attempt: 0,
    state: 'running',
    logFile: '',
    ...times,
    ...change,
  };
}

/** A container of the runtime that has ended. */
export function exited(name: string, exitCode: number, attempt = 0): ContainerRecord {
  const reason = exitCode === 0 ? 'Completed' : 'Error';
  return record(name, { state: 'exited', exitCode, attempt, reason, finishedAt: 3000 });
}

/** Results of probes by container id. */
export function results(
  change: Partial<Record<keyof ProbeResults, Record<string, 'success' | 'failure' | 'unknown'>>> = {},
): ProbeResults {
  const map = (kind: keyof ProbeResults) => new Map(Object.entries(change[kind] ?? {}));
  return { startup: map('startup'), liveness: map('liveness'), readiness: map('readiness') };
}

/** The API's status of a container. */
export function status(
  name: string,
  state: ContainerStatus['state'],
  change: Partial<ContainerStatus> = {},
): ContainerStatus {
  return {
    name,
    image: '',
    imageID: '',
    ready: false,
    restartCount: 0,
    state: state ?? {},
    lastState: {},
    ...change,
  };
}

export const sidecar = (name: string, change: Partial<Container> = {}): Container => ({
  ...{ name, restartPolicy: 'Always' as const },
  ...change,
});
