import { Backoff, type Clock, errorMessage, type Logger } from '@rackwright/core';
import { isConflict, isNotFound, type KubeClient, resources } from '@rackwright/kube';
import { type Pod, type PodCondition, type PodStatus, podKey, podUid } from '../pod-model.ts';
import { apiTime } from './container-statuses.ts';
import { hasDrifted } from './status-drift.ts';

interface Entry {
  readonly pod: Pod;
  wanted: PodStatus;
  sent: string;
  sending: Promise<void> | undefined;
  /** The pod has left the API server. */
  gone: boolean;
}

/** Brings pod statuses to the API server: the newest one, only when it changed, until it arrives. */
export class StatusPublisher {
  readonly #client: KubeClient;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #entries = new Map<string, Entry>();
  readonly #stop = new AbortController();

  constructor(options: { readonly client: KubeClient; readonly clock: Clock; readonly logger: Logger }) {
    this.#client = options.client;
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  /** Gives the conditions their times and sends the status if it changed; returns it. */
  publish(pod: Pod, status: PodStatus): PodStatus {
    const entry = this.#entry(pod);
    const wanted = { ...status, conditions: this.#withTimes(entry.wanted, status) };
    entry.wanted = wanted;
    this.#start(entry);
    return wanted;
  }

  /** Sends the status again if the API server's version of the pod, seen later, says something else. */
  reconcile(pod: Pod): void {
    const entry = this.#entries.get(podUid(pod));
    if (entry === undefined || entry.sending !== undefined || !hasDrifted(pod.status, entry.wanted)) return;
    entry.sent = '';
    this.#start(entry);
  }

  /** Resolves when the newest status of the pod has arrived or the pod is gone. */
  async settled(uid: string): Promise<void> {
    const entry = this.#entries.get(uid);
    while (entry?.sending !== undefined) await entry.sending;
  }

  forget(uid: string): void {
    this.#entries.delete(uid);
  }

  /** Gives up what has not arrived. */
  stop(): void {
    this.#stop.abort(new Error('the kubelet stops'));
  }

  #entry(pod: Pod): Entry {
    const known = this.#entries.get(podUid(pod));
    if (known !== undefined) return known;
    const entry: Entry = { pod, wanted: pod.status ?? {}, sent: '', sending: undefined, gone: false };
    this.#entries.set(podUid(pod), entry);
    return entry;
  }

  #withTimes(old: PodStatus, next: PodStatus): NonNullable<PodStatus['conditions']> {
    return (next.conditions ?? []).map((condition) => {
      const before = old.conditions?.find((one) => one.type === condition.type);
      const kept = before?.status === condition.status ? before.lastTransitionTime : undefined;
      return { ...condition, lastTransitionTime: kept ?? apiTime(this.#clock.now()) };
    });
  }

  #start(entry: Entry): void {
    if (entry.sending !== undefined || !this.#isDue(entry)) return;
    entry.sending = this.#send(entry).finally(() => {
      entry.sending = undefined;
      // A status that came between the last look and now is not lost.
      this.#start(entry);
    });
  }

  #isDue(entry: Entry): boolean {
    return !entry.gone && !this.#stop.signal.aborted && JSON.stringify(entry.wanted) !== entry.sent;
  }

  async #send(entry: Entry): Promise<void> {
    const backoff = new Backoff({ initialMs: 250, maxMs: 10_000 });
    const { signal } = this.#stop;
    const { namespace, name = '', uid } = entry.pod.metadata ?? {};
    const key = namespace === undefined ? { name } : { namespace, name };
    while (this.#isDue(entry)) {
      const status = entry.wanted;
      try {
        const patch = {
          metadata: { uid },
          status: { ...status, conditions: status.conditions?.map(withNulls) },
        };
        await this.#client.patch(resources.pods, key, patch, {
          strategy: 'strategic',
          subresource: 'status',
          signal,
        });
        entry.sent = JSON.stringify(status);
      } catch (error) {
        entry.gone = isNotFound(error) || isConflict(error);
        if (signal.aborted || entry.gone) return;
        this.#logger.warn('a pod status could not be sent', {
          pod: podKey(entry.pod),
          error: errorMessage(error),
        });
        await this.#clock.sleep(backoff.next(), signal).catch(() => undefined);
      }
    }
  }
}

/** What a condition does not say any more has to be taken away: a strategic patch keeps what is absent. */
function withNulls(condition: PodCondition): Record<string, unknown> {
  return { reason: null, message: null, ...condition };
}
