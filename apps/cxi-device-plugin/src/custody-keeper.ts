import { type Clock, errorMessage, Latest, type Logger, type Runnable, withDeadline } from '@rackwright/core';
import type { HeldDevice } from '@rackwright/kubelet';
import { doubted, type Holders, reconciled, sameHolders, taken, unconfirmedMs } from './holders.ts';
import type { Custody } from './offer.ts';

/** What the book of holders is kept with. */
export interface CustodyKeeperOptions {
  /** Asks the kubelet which pods hold which devices. */
  readonly list: (signal: AbortSignal) => Promise<readonly HeldDevice[]>;
  /** Resources of which one NIC could be handed out twice if the book were out of date. */
  readonly resources: readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How often the kubelet is asked, in milliseconds: usually, and while something is uncertain. */
const askMs = 5000;
const askSoonMs = 1000;

/** How long an Allocate may wait for the kubelet's word, in milliseconds. */
const confirmMs = 5000;

/**
 * Knows which pods hold which NICs: from what was handed out, corrected by what
 * the kubelet says. Nothing needs to be kept on disk: the kubelet remembers.
 */
export class CustodyKeeper implements Runnable {
  readonly name = 'custody';
  /** Changes when somebody takes or leaves a NIC, not with each look. */
  readonly custody: Latest<Custody>;
  readonly #options: CustodyKeeperOptions;
  /** As in `custody`, with the times and confirmations of the last look. */
  #holders: Holders = new Map();
  #unknown: string | undefined;
  #failure: string | undefined;
  readonly #registered = new Latest<ReadonlySet<string>>(new Set());
  #doubtedAt = Number.NEGATIVE_INFINITY;

  constructor(options: CustodyKeeperOptions) {
    this.#options = options;
    const unknown = 'the kubelet has not yet told who holds which NIC';
    this.#unknown = unknown;
    this.custody = new Latest<Custody>(
      { holders: this.#holders, unknown },
      (a, b) => a.unknown === b.unknown && sameHolders(a.holders, b.holders),
    );
  }

  /** Notes that NICs were handed out. */
  take(resource: string, ids: readonly string[]): void {
    this.#keep(taken(this.#holders, resource, ids, this.#options.clock.monotonic()));
  }

  /**
   * The kubelet took a registration of `resource`. It may have just started: its
   * word counts for less for a while. Or another plugin served until now.
   */
  doubt(resource: string): void {
    this.#registered.set(new Set([...this.#registered.value, resource]));
    this.#doubtedAt = this.#options.clock.monotonic();
    this.#keep(doubted(this.#holders, this.#doubtedAt));
  }

  /**
   * Makes sure that the book holds what another plugin handed out last. In a
   * rolling update the resources go over one after the other, and the kubelet
   * admits one pod at a time: once all have, its answer is complete.
   *
   * @throws HwError Unavailable or DeadlineExceeded if that cannot be had
   */
  async confirm(): Promise<void> {
    if (!this.#doubtful) return;
    const { clock, resources, list } = this.#options;
    const listed = await withDeadline(clock, confirmMs, 'asking who holds which NIC', async (signal) => {
      await this.#registered.until((known) => resources.every((one) => known.has(one)), signal);
      return list(signal);
    });
    this.#unknown = undefined;
    this.#keep(reconciled(this.#holders, listed, clock.monotonic()));
  }

  async start(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      await this.#ask(signal);
      const wait = this.#doubtful || this.#unknown !== undefined ? askSoonMs : askMs;
      await clock.sleep(wait, signal).catch(() => undefined);
    }
  }

  get #doubtful(): boolean {
    const { resources, clock } = this.#options;
    return resources.length > 0 && clock.monotonic() - this.#doubtedAt < unconfirmedMs;
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const { list, clock, logger } = this.#options;
    try {
      const listed = await list(signal);
      this.#unknown = undefined;
      this.#failure = undefined;
      this.#keep(reconciled(this.#holders, listed, clock.monotonic()));
    } catch (error) {
      if (signal.aborted) return;
      const failure = `the kubelet does not tell who holds which NIC: ${errorMessage(error)}`;
      // What is known stays known: a silent kubelet has not given anything back.
      if (this.#unknown !== undefined) this.#unknown = failure;
      if (failure !== this.#failure) logger.warn(failure);
      this.#failure = failure;
      this.#keep(this.#holders);
    }
  }

  #keep(holders: Holders): void {
    this.#holders = holders;
    this.custody.set({ holders, ...(this.#unknown !== undefined && { unknown: this.#unknown }) });
  }
}
