import { type Clock, errorMessage, Latest, type Logger, type Runnable, withDeadline } from '@rackwright/core';
import type { HeldDevice } from '../pod-resources.ts';
import {
  type Assignments,
  assigned,
  markedStale,
  reconciled,
  sameAssignments,
  unconfirmedMs,
} from './assignments.ts';

/** What is known about which pods have which devices. */
export interface KnownAssignments {
  readonly assignments: Assignments;
  /** Why it is not known; absent once the kubelet has told. */
  readonly unknown?: string;
}

/** What assignments are tracked with. */
export interface AssignmentTrackerOptions {
  /** Asks the kubelet which pods hold which devices. */
  readonly list: (signal: AbortSignal) => Promise<readonly HeldDevice[]>;
  /** Resources of which one device could be allocated twice if the assignments were out of date. */
  readonly resources: readonly string[];
  /** What people call one of the devices, such as `NIC`. */
  readonly noun: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How often the kubelet is asked, in milliseconds: usually, and while something is uncertain. */
const intervalMs = 5000;
const uncertainIntervalMs = 1000;

/** How long an Allocate may wait for the kubelet's list, in milliseconds. */
const refreshMs = 5000;

/**
 * Knows which pods have which devices: from what was allocated, corrected by
 * what the kubelet says. Nothing needs to be kept on disk: the kubelet remembers.
 */
export class AssignmentTracker implements Runnable {
  readonly name = 'assignments';
  /** Changes when a device is assigned or released, not with each look. */
  readonly known: Latest<KnownAssignments>;
  readonly #options: AssignmentTrackerOptions;
  /** As in `known`, with the times and confirmations of the last look. */
  #assignments: Assignments = new Map();
  #unknown: string | undefined;
  #failure: string | undefined;
  readonly #registered = new Latest<ReadonlySet<string>>(new Set());
  #staleSince = Number.NEGATIVE_INFINITY;

  constructor(options: AssignmentTrackerOptions) {
    this.#options = options;
    const unknown = `the kubelet has not yet told who holds which ${options.noun}`;
    this.#unknown = unknown;
    this.known = new Latest<KnownAssignments>(
      { assignments: this.#assignments, unknown },
      (a, b) => a.unknown === b.unknown && sameAssignments(a.assignments, b.assignments),
    );
  }

  /** Records that ids were allocated. */
  assign(resource: string, ids: readonly string[]): void {
    this.#keep(assigned(this.#assignments, resource, ids, this.#options.clock.monotonic()));
  }

  /**
   * The kubelet took a registration of `resource`. It may have just started, and
   * its list be incomplete for a while; or another plugin served until now.
   */
  markStale(resource: string): void {
    this.#registered.set(new Set([...this.#registered.value, resource]));
    this.#staleSince = this.#options.clock.monotonic();
    this.#keep(markedStale(this.#assignments, this.#staleSince));
  }

  /**
   * Makes sure that what another plugin allocated last is known. In a rolling
   * update the resources go over one after the other, and the kubelet admits
   * one pod at a time: once all have, its list is complete.
   *
   * @throws HwError Unavailable or DeadlineExceeded if that cannot be had
   */
  async refresh(parent?: AbortSignal): Promise<void> {
    if (!this.#stale) return;
    const { clock, resources, list, noun } = this.#options;
    const ask = async (signal: AbortSignal): Promise<readonly HeldDevice[]> => {
      await this.#registered.until((known) => resources.every((one) => known.has(one)), signal);
      return list(signal);
    };
    const listed = await withDeadline(clock, refreshMs, `asking who holds which ${noun}`, ask, parent);
    this.#unknown = undefined;
    this.#keep(reconciled(this.#assignments, listed, clock.monotonic()));
  }

  async start(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      await this.#look(signal);
      const wait = this.#stale || this.#unknown !== undefined ? uncertainIntervalMs : intervalMs;
      await clock.sleep(wait, signal).catch(() => undefined);
    }
  }

  get #stale(): boolean {
    const { resources, clock } = this.#options;
    return resources.length > 0 && clock.monotonic() - this.#staleSince < unconfirmedMs;
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { list, clock, logger, noun } = this.#options;
    try {
      const listed = await list(signal);
      this.#unknown = undefined;
      this.#failure = undefined;
      this.#keep(reconciled(this.#assignments, listed, clock.monotonic()));
    } catch (error) {
      if (signal.aborted) return;
      const failure = `the kubelet does not tell who holds which ${noun}: ${errorMessage(error)}`;
      // What is known stays known: a silent kubelet has not released anything.
      if (this.#unknown !== undefined) this.#unknown = failure;
      if (failure !== this.#failure) logger.warn(failure);
      this.#failure = failure;
      this.#keep(this.#assignments);
    }
  }

  #keep(assignments: Assignments): void {
    this.#assignments = assignments;
    this.known.set({ assignments, ...(this.#unknown !== undefined && { unknown: this.#unknown }) });
  }
}
