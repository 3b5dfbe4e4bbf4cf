import type { Latest } from '@rackwright/core';
import type { NodeContext } from '../node-context.ts';
import type { Pod } from '../pod-model.ts';
import { stopPod } from './container-stopper.ts';
import { orAborted } from './or-aborted.ts';

/** The end of a pod: its containers are stopped, faster when less time is granted on the way. */
export class PodEnding {
  readonly #node: NodeContext;
  readonly #wakes: Latest<number>;
  #stopping: { readonly work: Promise<void>; readonly graceSeconds: number } | undefined;

  /** @param wakes changes whenever the pod or one of its containers has */
  constructor(node: NodeContext, wakes: Latest<number>) {
    this.#node = node;
    this.#wakes = wakes;
  }

  /**
   * Resolves when every container has ended; rejects when `signal` aborts, the
   * containers then go on ending by themselves.
   *
   * @param report called at each change
   */
  async run(pod: () => Pod, host: () => string, report: () => void, signal: AbortSignal): Promise<void> {
    for (let over = false; !over; ) {
      const version = this.#wakes.value;
      const work = this.#stop(pod(), host());
      const woken = new AbortController();
      const change = this.#wakes.until((value) => value !== version, woken.signal);
      change.catch(() => undefined);
      over = await orAborted(Promise.race([work.then(() => true), change.then(() => false)]), signal);
      woken.abort();
      report();
    }
  }

  /** Starts the stop once, and once more when less time is granted than before. */
  #stop(pod: Pod, host: string): Promise<void> {
    const { deletionGracePeriodSeconds } = pod.metadata ?? {};
    const graceSeconds = deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30;
    if (this.#stopping === undefined || graceSeconds < this.#stopping.graceSeconds) {
      this.#stopping = { work: stopPod(this.#node, pod, host), graceSeconds };
    }
    return this.#stopping.work;
  }
}
