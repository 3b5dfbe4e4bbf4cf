import { type Container, isSidecar, type Pod } from '../pod-model.ts';
import type { ProbeResults } from '../probes/probe-results.ts';
import { type ContainerRecord, newest } from '../runtime/container-record.ts';
import { restartsAfter, wantsStart } from './restart-rules.ts';

/** Why a running container is killed; decides which grace period counts. */
export type KillReason = 'liveness' | 'startup' | 'other';

export interface ContainerToKill {
  readonly container: Container;
  readonly id: string;
  readonly reason: KillReason;
  /** Text of the Killing event. */
  readonly message: string;
}

/** What has to be done to a pod, in this order. */
export interface PodActions {
  /** Nothing is left to run: stop what still does, sidecars too. */
  readonly killPod: boolean;
  readonly kill: readonly ContainerToKill[];
  readonly start: readonly Container[];
}

/** Compares what should run with what does. */
export function podActions(pod: Pod, records: readonly ContainerRecord[], probes: ProbeResults): PodActions {
  const init = initActions(pod, records, probes);
  if (init.failed) return { killPod: true, kill: [], start: [] };
  if (!init.done) return { killPod: false, kill: init.kill, start: init.start };
  const kill: ContainerToKill[] = [];
  const start: Container[] = [];
  let keep = 0;
  for (const container of pod.spec.containers) {
    const record = newest(records, container.name);
    if (record?.state !== 'running') {
      if (wantsStart(pod, container, records)) start.push(container);
      continue;
    }
    const changed = changedImage(container, record);
    const cause = changed ?? failedProbe(container, record, probes);
    if (cause === undefined) {
      keep += 1;
      continue;
    }
    const again = changed !== undefined || pod.spec.restartPolicy !== 'Never';
    if (again) start.push(container);
    kill.push({ ...cause, message: again ? `${cause.message}, will be restarted` : cause.message });
  }
  if (keep === 0 && start.length === 0) return { killPod: true, kill: [], start: [] };
  return { killPod: false, kill: [...init.kill, ...kill], start: [...init.start, ...start] };
}

interface InitActions {
  /** Whether the main containers may run. */
  readonly done: boolean;
  /** Whether an init container failed terminally. */
  readonly failed: boolean;
  readonly kill: readonly ContainerToKill[];
  readonly start: readonly Container[];
}

/** Walks the init containers from the last one, as completed ones may be forgotten. */
// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: the kubelet's own rules, in one piece to be compared with it.
function initActions(pod: Pod, records: readonly ContainerRecord[], probes: ProbeResults): InitActions {
  const containers = pod.spec.initContainers ?? [];
  const kill: ContainerToKill[] = [];
  const start = new Set<Container>();
  let initialized = pod.spec.containers.some((one) => isUp(newest(records, one.name)));
  let reached = initialized;
  for (const [i, container] of [...containers.entries()].reverse()) {
    const record = newest(records, container.name);
    if (record === undefined) {
      if (reached && isSidecar(container)) start.add(container);
      continue;
    }
    if (reached && !isSidecar(container)) continue;
    const step = initStep(pod, container, record, probes);
    if (step.failed) return { done: false, failed: true, kill: [], start: [] };
    if (step.kill !== undefined) kill.push(step.kill);
    if (step.start) start.add(container);
    if (step.complete && i === containers.length - 1) initialized = true;
    else if (step.complete && !reached) start.add(containers[i + 1] as Container);
    reached = true;
  }
  const [first] = containers;
  if (first === undefined) initialized = true;
  else if (!reached) start.add(first);
  const ordered = containers.filter((container) => start.has(container));
  return { done: initialized, failed: false, kill, start: ordered };
}

interface InitStep {
  readonly complete?: boolean;
  readonly failed?: boolean;
  readonly start?: boolean;
  readonly kill?: ContainerToKill;
}

function initStep(pod: Pod, container: Container, record: ContainerRecord, probes: ProbeResults): InitStep {
  if (record.state === 'created') return { start: true };
  if (record.state === 'running') {
    if (!isSidecar(container)) return {};
    const failed = changedImage(container, record) ?? failedProbe(container, record, probes);
    if (failed !== undefined) return { kill: failed, start: true, complete: failed.reason !== 'startup' };
    return { complete: container.startupProbe === undefined || probes.startup.get(record.id) === 'success' };
  }
  if (isSidecar(container)) return { start: true };
  if (record.exitCode === 0) return { complete: true };
  return restartsAfter(pod.spec, container, record.exitCode ?? 1) ? { start: true } : { failed: true };
}

/** Of a container's spec only the image may change while it runs. */
function changedImage(container: Container, { id, image }: ContainerRecord): ContainerToKill | undefined {
  if ((container.image ?? '') === image) return undefined;
  return { container, id, reason: 'other', message: `Container ${container.name} definition changed` };
}

function isUp(record: ContainerRecord | undefined): boolean {
  return record?.state === 'running' || record?.state === 'created';
}

function failedProbe(
  container: Container,
  { id }: ContainerRecord,
  probes: ProbeResults,
): ContainerToKill | undefined {
  for (const reason of ['liveness', 'startup'] as const) {
    if (probes[reason].get(id) === 'failure') {
      return { container, id, reason, message: `Container ${container.name} failed ${reason} probe` };
    }
  }
  return undefined;
}
