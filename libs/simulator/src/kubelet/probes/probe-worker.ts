import { type Clock, Latest } from '@rackwright/core';
import type { Container, ContainerStatus, Pod, Probe } from '../pod-model.ts';
import type { ProbeOutcome } from './probe-action.ts';
import { initialResult, ProbeCounter } from './probe-counter.ts';
import type { ProbeKind, ProbeResult } from './probe-results.ts';

/** What a probe worker sees of its container; asked for at each tick. */
export interface ProbeView {
  readonly pod: Pod;
  readonly status: ContainerStatus | undefined;
  /** Id in the runtime of the newest container. */
  readonly containerId: string | undefined;
  readonly startedAt: number | undefined;
  /** Whether the pod has reached its last phase. */
  readonly ended: boolean;
}

export interface ProbeWorkerOptions {
  readonly kind: ProbeKind;
  readonly container: Container;
  readonly probe: Probe;
  readonly clock: Clock;
  readonly view: () => ProbeView;
  /** Whether the container ran before this kubelet started, so that its old state stands until probed. */
  readonly adopted: (containerId: string) => boolean;
  readonly run: (containerId: string, signal: AbortSignal) => Promise<ProbeOutcome>;
  readonly report: (containerId: string, result: ProbeResult | undefined) => void;
  readonly failed: (message: string) => void;
}

/** Probes one container in one way, again and again, whatever becomes of the container. */
export class ProbeWorker {
  readonly #options: ProbeWorkerOptions;
  readonly #counter: ProbeCounter;
  readonly #trigger = new Latest(0);
  #containerId: string | undefined;
  #onHold = false;

  constructor(options: ProbeWorkerOptions) {
    this.#options = options;
    this.#counter = new ProbeCounter(options.probe);
  }

  /** Makes the next try happen now. */
  trigger(): void {
    this.#trigger.set(this.#trigger.value + 1);
  }

  /** Probes until `signal` aborts or the pod has ended. */
  async start(signal: AbortSignal): Promise<void> {
    const { clock, probe } = this.#options;
    const periodMs = (probe.periodSeconds ?? 10) * 1000;
    while (!signal.aborted && (await this.#tick(signal))) {
      const wait = new AbortController();
      const version = this.#trigger.value;
      await Promise.race([
        clock.sleep(periodMs, AbortSignal.any([signal, wait.signal])),
        this.#trigger.until((value) => value !== version, wait.signal),
      ]).catch(() => undefined);
      wait.abort();
    }
  }

  async #tick(signal: AbortSignal): Promise<boolean> {
    const view = this.#options.view();
    if (view.ended) return false;
    const { containerId, status } = view;
    if (containerId === undefined || status === undefined) return true;
    if (containerId !== this.#containerId) this.#follow(containerId);
    if (this.#onHold) return true;
    if (status.state?.running === undefined) {
      this.#options.report(containerId, 'failure');
      return true;
    }
    const { kind } = this.#options;
    if (view.pod.metadata?.deletionTimestamp !== undefined && kind !== 'readiness') {
      this.#options.report(containerId, 'success');
      return false;
    }
    if (this.#isEarly(view) || (status.started === true) === (kind === 'startup')) return true;
    await this.#probe(containerId, signal);
    return true;
  }

  /** A new container starts from the initial result. */
  #follow(containerId: string): void {
    const { kind, report, adopted } = this.#options;
    if (this.#containerId !== undefined) report(this.#containerId, undefined);
    this.#containerId = containerId;
    this.#onHold = false;
    if (!adopted(containerId)) report(containerId, initialResult[kind]);
  }

  #isEarly({ startedAt = 0 }: ProbeView): boolean {
    const { clock, probe } = this.#options;
    return clock.now() - startedAt < (probe.initialDelaySeconds ?? 0) * 1000;
  }

  async #probe(containerId: string, signal: AbortSignal): Promise<void> {
    const { kind, run, report, failed } = this.#options;
    const { ok, message } = await run(containerId, signal);
    // A probe that was given up says nothing about the container.
    if (signal.aborted) return;
    if (!ok) failed(message);
    const result = this.#counter.count(ok);
    if (result === undefined) return;
    report(containerId, result);
    if (kind === 'startup' || (kind === 'liveness' && result === 'failure')) {
      // Enough is known until there is a new container.
      this.#onHold = true;
      this.#counter.restart();
    }
  }
}
