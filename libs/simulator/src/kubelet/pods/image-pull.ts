import type { Clock } from '@rackwright/core';
import { kubelet } from '@rackwright/keys';
import type { Container, Pod } from '../pod-model.ts';
import type { ImageResolver, ImageSpec } from '../runtime/images.ts';
import type { WaitingReason } from './container-statuses.ts';
import type { PodEvents } from './pod-events.ts';
import { StartBackoff } from './start-backoff.ts';

const maxBackOffMs = 300_000;

/** An image, or why it cannot be had; `retryMs` says when to look again. */
export type PullOutcome =
  | { readonly image: ImageSpec }
  | { readonly failure: WaitingReason; readonly retryMs: number };

/** "Pulls" images: they are there or they are not, but with the kubelet's events and waits. */
export class ImagePuller {
  readonly #images: ImageResolver;
  readonly #events: PodEvents;
  readonly #clock: Clock;
  readonly #backoff: StartBackoff;
  readonly #failedAt = new Map<string, number>();

  constructor(options: { images: ImageResolver; events: PodEvents; clock: Clock; backOffMs: number }) {
    this.#images = options.images;
    this.#events = options.events;
    this.#clock = options.clock;
    this.#backoff = new StartBackoff({
      initialMs: options.backOffMs,
      maxMs: maxBackOffMs,
      resetMs: 2 * maxBackOffMs,
    });
  }

  pull(pod: Pod, container: Container): PullOutcome {
    const reference = container.image ?? '';
    const key = `${pod.metadata?.uid}/${container.name}/${reference}`;
    const image = this.#images(reference);
    if (image !== undefined) {
      this.#failedAt.delete(key);
      this.#backoff.forget(key);
      this.#event(pod, container, 'Normal', kubelet.event.pulled, `Image ${reference} is on this node`);
      return { image };
    }
    if (container.imagePullPolicy === 'Never') {
      const message = `image ${reference} is not on this node and may not be pulled`;
      return this.#fail(pod, container, kubelet.waiting.errImageNeverPull, message, maxBackOffMs);
    }
    return this.#failedPull(pod, container, reference, key);
  }

  #failedPull(pod: Pod, container: Container, reference: string, key: string): PullOutcome {
    const now = this.#clock.now();
    const failedAt = this.#failedAt.get(key);
    const pending = failedAt === undefined ? undefined : this.#backoff.pending(key, failedAt, now);
    if (pending !== undefined) {
      const message = `Back-off pulling image "${reference}"`;
      this.#event(pod, container, 'Normal', kubelet.event.backOff, message);
      return this.#fail(pod, container, kubelet.waiting.imagePullBackOff, message, pending.leftMs);
    }
    this.#backoff.next(key, failedAt ?? now, now);
    this.#failedAt.set(key, now);
    const message = `failed to pull image "${reference}": the simulated node does not know it`;
    this.#event(pod, container, 'Warning', kubelet.event.failed, message);
    // Soon, so that the waiting state turns from the error into the back-off.
    return this.#fail(pod, container, kubelet.waiting.errImagePull, message, 1000);
  }

  #fail(pod: Pod, container: Container, reason: string, message: string, retryMs: number): PullOutcome {
    this.#event(pod, container, 'Warning', kubelet.event.failed, `Error: ${reason}`);
    return { failure: { reason, message }, retryMs };
  }

  #event(pod: Pod, container: Container, type: 'Normal' | 'Warning', reason: string, message: string): void {
    if (type === 'Normal') this.#events.normal(pod, reason, message, container);
    else this.#events.warning(pod, reason, message, container);
  }
}
