import type { Clock } from '@rackwright/core';
import { kubelet } from '@rackwright/keys';
import { type Container, type ContainerStatus, isSidecar, type Pod } from '../pod-model.ts';
import type { PodEvents } from '../pods/pod-events.ts';
import { newest } from '../runtime/container-record.ts';
import type { ContainerRuntime } from '../runtime/container-runtime.ts';
import { runProbe } from './probe-action.ts';
import { type ProbeKind, type ProbeResult, type ProbeResults, probeKinds } from './probe-results.ts';
import { type ProbeView, ProbeWorker } from './probe-worker.ts';

export interface PodProberOptions {
  readonly clock: Clock;
  readonly runtime: ContainerRuntime;
  readonly events: PodEvents;
  /** The pod with its newest status. */
  readonly pod: () => Pod;
  /** Address of the pod. */
  readonly host: () => string;
  /** When this kubelet started, milliseconds since the epoch. */
  readonly kubeletStartedAt: number;
  /** Called when a result changed. */
  readonly changed: () => void;
}

/** Containers younger than this at the kubelet's start are probed as new ones (prober_manager.go). */
const restartGraceMs = 10_000;

/** All probes of one pod. */
export class PodProber {
  readonly #options: PodProberOptions;
  readonly #results: Record<ProbeKind, Map<string, ProbeResult>> = {
    startup: new Map(),
    liveness: new Map(),
    readiness: new Map(),
  };
  readonly #workers = new Map<string, ProbeWorker>();
  readonly #running = new Set<Promise<void>>();

  constructor(options: PodProberOptions) {
    this.#options = options;
  }

  get results(): ProbeResults {
    return this.#results;
  }

  /** Starts the probes of every container that has some; does nothing the second time. */
  start(signal: AbortSignal): void {
    const { spec } = this.#options.pod();
    for (const container of [...(spec.initContainers ?? []).filter(isSidecar), ...spec.containers]) {
      for (const kind of probeKinds) this.#startWorker(container, kind, signal);
    }
  }

  /** Waits for the workers after their signal has aborted. */
  async stopped(): Promise<void> {
    await Promise.all(this.#running);
  }

  /** Fills in `started` and `ready`, and hurries the readiness probe of a container that is not ready. */
  complete(statuses: readonly ContainerStatus[]): void {
    for (const status of statuses) {
      const container = this.#container(status.name);
      const started = this.#isStarted(status);
      status.started = started;
      if (container !== undefined && this.#isPlainInit(container)) {
        status.ready = status.state?.terminated?.exitCode === 0;
      } else {
        status.ready = started && status.state?.running !== undefined && this.#isReady(status);
      }
    }
  }

  #isStarted({ name, state, containerID }: ContainerStatus): boolean {
    if (state?.running === undefined) return false;
    const id = runtimeId(containerID);
    const result = this.#results.startup.get(id);
    if (result !== undefined) return result === 'success';
    if (this.#isAdopted(id) && this.#oldStatus(name)?.started === true) return true;
    return this.#container(name)?.startupProbe === undefined;
  }

  #isReady({ name, containerID }: ContainerStatus): boolean {
    const id = runtimeId(containerID);
    const result = this.#results.readiness.get(id);
    if (result === 'success') return true;
    const worker = this.#workers.get(`${name}/readiness`);
    worker?.trigger();
    if (result === undefined && this.#isAdopted(id)) {
      const wasReady = this.#options
        .pod()
        .status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True');
      return this.#container(name)?.readinessProbe === undefined || wasReady === true;
    }
    return this.#container(name)?.readinessProbe === undefined;
  }

  #startWorker(container: Container, kind: ProbeKind, signal: AbortSignal): void {
    const probe = container[`${kind}Probe`];
    const key = `${container.name}/${kind}`;
    if (probe === undefined || this.#workers.has(key)) return;
    const { clock, runtime, events } = this.#options;
    const worker = new ProbeWorker({
      kind,
      container,
      probe,
      clock,
      view: () => this.#view(container),
      adopted: (id) => this.#isAdopted(id),
      run: (containerId, stop) =>
        runProbe(probe, { container, containerId, host: this.#options.host(), runtime, clock }, stop),
      report: (id, result) => this.#report(kind, id, result),
      failed: (message) => {
        const name = kind.charAt(0).toUpperCase() + kind.slice(1);
        events.warning(
          this.#options.pod(),
          kubelet.event.unhealthy,
          `${name} probe failed: ${message}`,
          container,
        );
      },
    });
    this.#workers.set(key, worker);
    const run = worker.start(signal).finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  #report(kind: ProbeKind, id: string, result: ProbeResult | undefined): void {
    const results = this.#results[kind];
    if (results.get(id) === result) return;
    if (result === undefined) results.delete(id);
    else results.set(id, result);
    this.#options.changed();
  }

  #view(container: Container): ProbeView {
    const pod = this.#options.pod();
    const record = newest(this.#options.runtime.list(pod.metadata?.uid), container.name);
    const phase = pod.status?.phase;
    return {
      pod,
      status: this.#oldStatus(container.name),
      containerId: record?.id,
      startedAt: record?.startedAt,
      ended: phase === 'Succeeded' || phase === 'Failed',
    };
  }

  #oldStatus(name: string): ContainerStatus | undefined {
    const { status } = this.#options.pod();
    return [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])].find(
      (one) => one.name === name,
    );
  }

  #isAdopted(id: string): boolean {
    const startedAt = this.#options.runtime.get(id)?.startedAt;
    return startedAt !== undefined && startedAt < this.#options.kubeletStartedAt - restartGraceMs;
  }

  #isPlainInit(container: Container): boolean {
    return (this.#options.pod().spec.initContainers?.includes(container) ?? false) && !isSidecar(container);
  }

  #container(name: string): Container | undefined {
    const { spec } = this.#options.pod();
    return [...(spec.initContainers ?? []), ...spec.containers].find((one) => one.name === name);
  }
}

function runtimeId(containerID: string | undefined): string {
  return containerID?.replace(/^[a-z]+:\/\//, '') ?? '';
}
