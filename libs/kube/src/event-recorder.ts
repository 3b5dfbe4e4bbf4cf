import { Backoff, type Clock, errorMessage, type Logger, withDeadline } from '@rackwright/core';
import type { KubeClient } from './client.ts';
import { isConflict, isKubeError, isNotFound, isTransient } from './error.ts';
import {
  type EventNote,
  type EventSeries,
  eventName,
  eventNamespace,
  eventObject,
  type Regarding,
  type Reporter,
  seriesField,
  seriesKey,
} from './event-series.ts';
import { resources } from './resources.ts';
import { TokenBucket } from './token-bucket.ts';
import { isLeadershipLost } from './write-fence.ts';

/** A repetition later than this starts a new event. */
const seriesGapMs = 600_000;
/** A series is written at most this often. */
const seriesPeriodMs = 60_000;
const maxSeries = 512;
const maxQueued = 256;
const maxAttempts = 4;
const flushMs = 5_000;

/** What an `EventRecorder` needs. */
export interface EventRecorderOptions extends Reporter {
  readonly client: Pick<KubeClient, 'create' | 'patch'> & Partial<Pick<KubeClient, 'reachability'>>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How many events may be written; default 1 a second after 25 at once. */
  readonly rate?: { readonly ratePerSecond: number; readonly burst: number };
}

const defaultRate = { ratePerSecond: 1, burst: 25 };

/**
 * Tells what happened as events.k8s.io/v1 objects, in the background. What
 * happens again within ten minutes is counted in one event's series. Writes are
 * limited, by default to one a second after a burst of 25; when more than 256 wait, further
 * new events are dropped and counted in the log. Emitting never throws.
 */
export class EventRecorder implements AsyncDisposable {
  readonly #options: EventRecorderOptions;
  readonly #bucket: TokenBucket;
  readonly #series = new Map<string, EventSeries>();
  readonly #queue: EventSeries[] = [];
  #draining: Promise<void> | undefined;
  #dropped = 0;
  /** Grows with each `discard`: what was begun before is not tried again. */
  #epoch = 0;
  #serial = Math.floor(Math.random() * 0x10000);
  #closed = false;
  /** Ends the waits of what could not be written before the end. */
  readonly #closing = new AbortController();

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#bucket = new TokenBucket({ clock: options.clock, ...(options.rate ?? defaultRate) });
  }

  emit(regarding: Regarding, note: EventNote): void {
    if (this.#closed) return;
    const now = this.#options.clock.now();
    const key = seriesKey(regarding, note);
    const known = this.#series.get(key);
    if (known !== undefined && now - known.lastMs < seriesGapMs) {
      known.count += 1;
      known.lastMs = now;
      this.#updateLater(known);
      return;
    }
    if (this.#queue.length >= maxQueued) {
      this.#dropped += 1;
      return;
    }
    const series: EventSeries = {
      ...{ regarding, note, firstMs: now, lastMs: now, count: 1, sentCount: 0, sentAt: 0 },
      ...{ name: eventName(regarding, this.#suffix()), created: false, queued: false },
    };
    this.#remember(key, series);
    this.#enqueue(series);
  }

  /** Writes everything that waits, for at most five seconds. Never rejects. */
  async flush(): Promise<void> {
    const { clock, logger } = this.#options;
    await withDeadline(clock, flushMs, 'writing the last events', (signal) => this.#flush(signal)).catch(
      (error: unknown) =>
        logger.warn('events were lost', { waiting: this.#queue.length, error: errorMessage(error) }),
    );
  }

  async #flush(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // Also what was counted while it was being written.
      for (const series of this.#series.values()) {
        if (series.count > series.sentCount) this.#enqueue(series);
      }
      if (this.#draining === undefined) return;
      await this.#draining;
    }
  }

  /** Flushes; what is emitted afterwards is ignored. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.flush();
    this.#queue.length = 0;
    this.#closing.abort();
  }

  /**
   * Forgets all that was not written yet: it was told by a leader that is none
   * any more, and its successor tells how things are now.
   */
  discard(): void {
    this.#epoch += 1;
    this.#queue.length = 0;
    for (const { timer } of this.#series.values()) timer?.[Symbol.dispose]();
    this.#series.clear();
  }

  #remember(key: string, series: EventSeries): void {
    this.#series.delete(key);
    this.#series.set(key, series);
    if (this.#series.size <= maxSeries) return;
    for (const [oldest, { timer }] of this.#series) {
      timer?.[Symbol.dispose]();
      this.#series.delete(oldest);
      return;
    }
  }

  #updateLater(series: EventSeries): void {
    if (series.queued || series.timer !== undefined) return;
    const { clock } = this.#options;
    series.timer = clock.timer(Math.max(0, series.sentAt + seriesPeriodMs - clock.monotonic()), () => {
      this.#enqueue(series);
    });
  }

  #enqueue(series: EventSeries): void {
    if (series.queued) return;
    series.timer?.[Symbol.dispose]();
    delete series.timer;
    series.queued = true;
    this.#queue.push(series);
    this.#draining ??= this.#drain();
  }

  async #drain(): Promise<void> {
    const { clock, logger } = this.#options;
    for (let series = this.#queue.shift(); series !== undefined; series = this.#queue.shift()) {
      const epoch = this.#epoch;
      const waitMs = this.#bucket.reserve();
      if (waitMs > 0) await clock.sleep(waitMs);
      await this.#deliver(series, epoch);
      series.queued = false;
      if (epoch === this.#epoch && series.count > series.sentCount) this.#updateLater(series);
      if (this.#dropped > 0) logger.warn('too many events, some were dropped', { dropped: this.#dropped });
      this.#dropped = 0;
    }
    // Here and not in a continuation: what is queued from now on must start anew.
    this.#draining = undefined;
  }

  async #deliver(series: EventSeries, epoch: number): Promise<void> {
    const { logger } = this.#options;
    const backoff = new Backoff({ initialMs: 500, maxMs: 10_000 });
    for (let attempt = 1; epoch === this.#epoch; attempt++) {
      try {
        await this.#write(series);
        return;
      } catch (error) {
        if (attempt === maxAttempts || !isTransient(error)) {
          logger[isLeadershipLost(error) ? 'debug' : 'warn']('an event could not be written', {
            reason: series.note.reason,
            error: errorMessage(error),
          });
          // Given up: only a further occurrence is a reason to write again.
          series.sentCount = series.count;
          return;
        }
        const asked = isKubeError(error) ? (error.retryAfterMs ?? 0) : 0;
        await this.#pause(Math.max(backoff.next(), asked), error).catch(() => undefined);
        if (this.#closing.signal.aborted) return;
      }
    }
  }

  async #pause(ms: number, error: unknown): Promise<void> {
    const { client, clock } = this.#options;
    const { signal } = this.#closing;
    await (client.reachability?.pause(ms, error, signal) ?? clock.sleep(ms, signal));
  }

  async #write(series: EventSeries): Promise<void> {
    const { count } = series;
    if (!series.created || !(await this.#patch(series))) await this.#create(series);
    series.sentCount = count;
    series.sentAt = this.#options.clock.monotonic();
  }

  async #create(series: EventSeries): Promise<void> {
    try {
      await this.#options.client.create(resources.events, eventObject(series, this.#options));
    } catch (error) {
      // An earlier try may have arrived although its answer did not.
      if (!isConflict(error)) throw error;
    }
    series.created = true;
  }

  /** False when the server has forgotten the event: they live an hour by default. */
  async #patch(series: EventSeries): Promise<boolean> {
    const key = { namespace: eventNamespace(series.regarding), name: series.name };
    try {
      await this.#options.client.patch(resources.events, key, seriesField(series), { strategy: 'merge' });
      return true;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      series.created = false;
      series.name = eventName(series.regarding, this.#suffix());
      return false;
    }
  }

  /** Different for every event of this process, and most likely of all processes. */
  #suffix(): string {
    this.#serial = (this.#serial + 1) % 0x10000;
    return this.#options.clock.now().toString(16) + this.#serial.toString(16).padStart(4, '0');
  }
}
