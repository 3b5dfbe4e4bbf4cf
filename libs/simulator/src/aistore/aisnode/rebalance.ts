import { errorMessage } from '@rackwright/core';
import type { ClusterState } from './cluster-state.ts';
import type { NodeContext } from './node-context.ts';
import { nodesOf } from './smap.ts';

/** A rebalance as `what=status` tells of it. */
export interface RebalanceStatus {
  readonly id: string;
  readonly aborted: boolean;
  readonly error: string;
  /** Wall-clock time in milliseconds; 0 while it runs. */
  readonly endTime: number;
}

/** A rebalance that nobody waits for any more is given up after this long. */
const longestMs = 24 * 3600 * 1000;

/** The primary's part of a rebalance: it starts the targets and waits for them. */
export class Rebalance {
  readonly #node: NodeContext;
  readonly #sync: () => Promise<void>;
  #newest: RebalanceStatus | undefined;
  #abort: AbortController | undefined;

  /** @param sync tells all nodes of the newest state */
  constructor(node: NodeContext, sync: () => Promise<void>) {
    this.#node = node;
    this.#sync = sync;
  }

  get isRunning(): boolean {
    return this.#newest?.endTime === 0;
  }

  get newest(): RebalanceStatus | undefined {
    return this.#newest;
  }

  /**
   * Starts a rebalance to the newest map; one that runs is given up for it.
   *
   * @param finished is called once all objects are where they belong, and never for an aborted one
   * @returns its id
   */
  start(finished: () => Promise<void>): string {
    this.#abort?.abort(new Error('preempted by a newer rebalance'));
    const { state, signal, log, clock } = this.#node;
    const version = state.current.rmd.version + 1;
    const id = `g${version}`;
    const abort = new AbortController();
    this.#abort = abort;
    this.#newest = { id, aborted: false, error: '', endTime: 0 };
    state.change({ rmd: { version, state: 'running' } });
    const done = async (error: string): Promise<void> => {
      if (this.#newest?.id !== id || signal.aborted) return;
      log(`rebalance ${id} ${error === '' ? 'done' : `aborted: ${error}`}`);
      this.#newest = { id, aborted: error !== '', error, endTime: clock.now() };
      state.change({ rmd: { version, state: error === '' ? 'done' : 'aborted' } });
      if (error === '') await finished();
      await this.#sync();
    };
    log(`rebalance ${id} starts`);
    this.#run(id, AbortSignal.any([abort.signal, signal]))
      .then(
        () => done(''),
        (error: unknown) => done(errorMessage(error)),
      )
      .catch((error: unknown) => log(`rebalance ${id}: ${errorMessage(error)}`));
    return id;
  }

  /** Gives up what runs. */
  abort(): void {
    this.#abort?.abort(new Error('aborted by user'));
  }

  async #run(id: string, signal: AbortSignal): Promise<void> {
    const { clock, faults, times } = this.#node;
    await this.#sync();
    const { rebalanceMs = times.rebalance, abortRebalance } = faults.current;
    if (abortRebalance === true) {
      await clock.sleep(Math.min(rebalanceMs, times.rebalance), signal);
      throw new Error('aborted as told');
    }
    // Objects move at once, so that the rest of the time is one in which they may be asked for.
    await orAborted(this.#onTargets(id, this.#node.state.current), signal);
    await clock.sleep(rebalanceMs, signal);
  }

  async #onTargets(id: string, { smap }: ClusterState): Promise<void> {
    if (smap === undefined) return;
    const body = this.#node.state.text();
    await Promise.all(
      nodesOf(smap, 'target').map(async ({ intra_control_net, daemon_id }) => {
        const url = `${intra_control_net.direct_url}/v1/rebalance/${id}`;
        const { status } = await this.#node.peers.call(url, { method: 'POST', body, timeoutMs: longestMs });
        if (status !== 200) throw new Error(`t[${daemon_id}] answered ${status}`);
      }),
    );
  }
}

async function orAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
