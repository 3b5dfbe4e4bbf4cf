import { type Clock, errorMessage } from '@rackwright/core';
import { KubeClient } from '@rackwright/kube';
import { waitUntil } from '@rackwright/testbed/without-nodes';
import type { WebhookEnvironment } from './webhook-environment.ts';

/** Requests that are begun each second, whatever becomes of those before. */
export const perSecond = 200;
/** On a machine that is busy with other things an API server refuses what it cannot take. */
const mostUnderWay = 100;

/** A request that failed; times are those of the monotonic clock. */
export interface LoadFailure {
  readonly begunMs: number;
  readonly endedMs: number;
  readonly message: string;
}

export interface LoadResult {
  readonly failures: readonly LoadFailure[];
  /** How much was asked and how quickly, in words. */
  readonly told: string;
}

/** Tries to create CXIDrivers, one every five milliseconds, until told to stop. */
export class Load {
  readonly #clock: Clock;
  readonly #client: KubeClient;
  readonly #stop = new AbortController();
  readonly #failures: LoadFailure[] = [];
  readonly #running = new Set<Promise<void>>();
  readonly #ended: Promise<void>;
  readonly #begunMs: number;
  #answered = 0;

  constructor({ plane }: WebhookEnvironment, clock: Clock) {
    this.#clock = clock;
    this.#client = new KubeClient({ connection: plane.admin(), clock, userAgent: 'load' });
    this.#begunMs = clock.monotonic();
    this.#ended = this.#run();
  }

  /** Resolves when so many more were accepted. */
  async answers(count: number): Promise<void> {
    const enough = this.#answered + count;
    const isThere = () => this.#answered >= enough;
    await waitUntil(`${count} answers`, isThere, { clock: this.#clock, deadlineMs: 60_000 });
  }

  async stop(): Promise<LoadResult> {
    this.#stop.abort();
    await this.#ended;
    await this.#client[Symbol.asyncDispose]();
    const seconds = (this.#clock.monotonic() - this.#begunMs) / 1000;
    const failures = this.#failures;
    const asked = this.#answered + failures.length;
    const rate = `${asked} requests, ${(asked / seconds).toFixed(0)} a second of ${perSecond} offered`;
    return { failures, told: `${rate}, ${failures.length} failed` };
  }

  async #run(): Promise<void> {
    for (let n = 0; !this.#stop.signal.aborted; n++) {
      const dueMs = this.#begunMs + (n * 1000) / perSecond;
      await this.#clock.sleep(Math.max(0, dueMs - this.#clock.monotonic()));
      if (this.#running.size >= mostUnderWay) await Promise.race(this.#running);
      const asking: Promise<void> = this.#ask(`load-${n}`).finally(() => this.#running.delete(asking));
      this.#running.add(asking);
    }
    await Promise.all(this.#running);
  }

  async #ask(name: string): Promise<void> {
    const metadata = { name };
    const body = { apiVersion: 'cxi.hpe.com/v1', kind: 'CXIDriver', metadata, spec: { version: '13.0.0' } };
    const begunMs = this.#clock.monotonic();
    try {
      const path = '/apis/cxi.hpe.com/v1/cxidrivers';
      await this.#client.request('POST', path, { query: { dryRun: 'All' }, body });
      this.#answered += 1;
    } catch (error) {
      this.#failures.push({ begunMs, endedMs: this.#clock.monotonic(), message: errorMessage(error) });
    }
  }
}
