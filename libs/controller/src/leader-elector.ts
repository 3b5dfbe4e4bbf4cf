import {
  type Clock,
  errorMessage,
  HwError,
  Latest,
  type Logger,
  type Moment,
  momentOf,
} from '@rackwright/core';
import {
  ignoreNotFound,
  isConflict,
  type KubeClient,
  type Lease,
  type ResourceType,
  resources,
  type WriteFence,
} from '@rackwright/kube';
import { untilAdmitted } from './leader-admission.ts';
import { currentTermFence, LeaderTerm } from './leader-term.ts';
import { heldSpec, ObservedLease, releasedSpec } from './lease-record.ts';
import { type RecordedTerm, TermRecord, type TermSighting } from './term-record.ts';

/** What a `LeaderElector` needs. Durations in milliseconds. */
export interface LeaderElectorOptions {
  readonly client: Pick<KubeClient, 'get' | 'create' | 'update'> & Partial<Pick<KubeClient, 'reachability'>>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly namespace: string;
  /** Name of the Lease. */
  readonly name: string;
  /** Different for every replica, e.g. the pod name and its UID. */
  readonly identity: string;
  /** Others may take the lease over when it was not renewed for this long; default 15000. */
  readonly leaseDurationMs?: number;
  /** The leader steps down when it could not renew for this long; default 10000. */
  readonly renewDeadlineMs?: number;
  /** Between two tries; default 2000. */
  readonly retryPeriodMs?: number;
  readonly random?: () => number;
  /** Kind of the object that tells the API server who leads; without it none is kept. */
  readonly termType?: ResourceType<RecordedTerm>;
}

/** How a replica came to hold the lease. */
interface Acquisition {
  /** When the request was begun that made it the holder. */
  readonly renewedAt: Moment;
  /** What the term record said before. */
  readonly seen: TermSighting | undefined;
}

/**
 * Lets one of several replicas lead, by a coordination.k8s.io Lease.
 *
 * A leader that cannot renew stops `leaseDurationMs` minus `renewDeadlineMs`
 * before anyone can take over. Writes through a client made with `fence` go by
 * the time of the last renewal, not by timers, so they are refused also in a
 * process that was stopped and wakes too late. The clocks of the machines need
 * not agree; they must run at about the same speed. What is left is a process
 * stopped between the last look at the clock and the handing over of the bytes,
 * and bytes that arrive late. The API server refuses these where an admission
 * policy lets only the leader write; see `TermRecord` and `untilAdmitted`.
 */
export class LeaderElector {
  readonly leading = new Latest(false);
  /** Lets writes through while this replica leads. */
  readonly fence: WriteFence = currentTermFence(() => this.#current);
  readonly #options: Required<Omit<LeaderElectorOptions, 'termType'>>;
  readonly #record: TermRecord | undefined;
  readonly #observedLease: ObservedLease;
  readonly #logger: Logger;
  #lease: Lease | undefined;
  #current: LeaderTerm | undefined;

  /** @throws HwError InvalidArgument unless leaseDurationMs > renewDeadlineMs > retryPeriodMs > 0 */
  constructor(options: LeaderElectorOptions) {
    const { termType: type, ...given } = options;
    const defaults = {
      leaseDurationMs: 15_000,
      renewDeadlineMs: 10_000,
      retryPeriodMs: 2_000,
      random: Math.random,
    };
    this.#options = { ...defaults, ...given };
    const { leaseDurationMs, renewDeadlineMs, retryPeriodMs } = this.#options;
    if (!(leaseDurationMs > renewDeadlineMs && renewDeadlineMs > retryPeriodMs && retryPeriodMs > 0)) {
      throw new HwError('InvalidArgument', 'lease duration, renew deadline and retry period must decrease', {
        remedy: 'use for example 15s, 10s and 2s',
      });
    }
    this.#observedLease = new ObservedLease(options.clock);
    const logger = options.logger.child({ lease: `${options.namespace}/${options.name}` });
    this.#logger = logger;
    this.#record = type === undefined ? undefined : new TermRecord({ ...this.#options, logger, type });
  }

  /**
   * Campaigns until `signal` aborts, and runs `lead` whenever this replica
   * leads. The signal given to `lead` aborts when leadership is lost or `signal`
   * aborts; `lead` is waited for, and the lease renewed meanwhile, before it is
   * released. After a loss it campaigns again. When `lead` ends on its own, so
   * does this, with its error if there is one.
   */
  async run(signal: AbortSignal, lead: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { retryPeriodMs, random } = this.#options;
    while (!signal.aborted) {
      const acquired = await this.#tryAcquire(signal);
      if (acquired !== undefined) {
        const lost = await this.#lead(acquired, signal, lead);
        if (!lost) return;
      }
      await this.#sleep(retryPeriodMs * (1 + random()), signal);
    }
  }

  /** One time in office. True when it ended because leadership was lost. */
  async #lead(
    { renewedAt, seen }: Acquisition,
    signal: AbortSignal,
    lead: (signal: AbortSignal) => Promise<void>,
  ): Promise<boolean> {
    const term = this.#takeOffice(renewedAt);
    const stop = AbortSignal.any([signal, term.signal]);
    const done = new AbortController();
    const keeping = Promise.all([
      this.#keep(term, done.signal),
      this.#record?.keep(term, seen, AbortSignal.any([done.signal, term.signal])),
    ]);
    try {
      await this.#record?.settled.until(Boolean, stop);
      await untilAdmitted({ ...this.#options, logger: this.#logger }, stop);
      await lead(stop);
    } catch (error) {
      if (!stop.aborted) throw error;
    } finally {
      done.abort();
      await keeping;
      term.close();
      this.leading.set(false);
      if (!term.isLost) await this.#release();
    }
    return !signal.aborted && term.isLost;
  }

  #takeOffice(renewedAt: Moment): LeaderTerm {
    const { clock, identity, renewDeadlineMs } = this.#options;
    const onLost = (): void => {
      this.leading.set(false);
      this.#logger.error('leadership lost', { identity });
    };
    const term = new LeaderTerm({ clock, renewDeadlineMs, renewedAt, onLost });
    this.#current = term;
    this.#logger.info('leading', { identity });
    this.leading.set(true);
    return term;
  }

  /** Renews until `done` aborts or the term is over. */
  async #keep(term: LeaderTerm, done: AbortSignal): Promise<void> {
    const { clock, retryPeriodMs } = this.#options;
    const stop = AbortSignal.any([done, term.signal]);
    while (!stop.aborted) {
      // The deadline counts even while a renewal hangs.
      using _ = clock.timer(term.leftMs, () => term.lose());
      await this.#sleep(retryPeriodMs, stop);
      if (stop.aborted || !term.holds()) return;
      if (!(await this.#renew(term, stop))) term.lose();
    }
  }

  /** Sleeps, less if the API server is back after it was away. */
  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    const { client, clock } = this.#options;
    const sleep = client.reachability?.sleep(ms, signal) ?? clock.sleep(ms, signal);
    await sleep.catch(() => undefined);
  }

  /** False when somebody else holds the lease; failures to reach the server are not yet a loss. */
  async #renew(term: LeaderTerm, signal: AbortSignal): Promise<boolean> {
    try {
      const lease = this.#lease ?? (await this.#read(signal));
      if (lease?.spec?.holderIdentity !== this.#options.identity) return false;
      term.renewed(await this.#write(lease, signal));
    } catch (error) {
      // Whether the server carried it out is not known.
      this.#lease = undefined;
      if (signal.aborted) return true;
      this.#logger.warn('lease not renewed', { error: errorMessage(error) });
    }
    return true;
  }

  /** Undefined if somebody else holds the lease, or it failed. */
  async #tryAcquire(signal: AbortSignal): Promise<Acquisition | undefined> {
    try {
      const lease = await this.#read(signal);
      const mine = lease?.spec?.holderIdentity === this.#options.identity;
      if (lease !== undefined && !mine && !this.#observedLease.isFree(lease)) return undefined;
      const seen = await this.#record?.begin(signal);
      return { renewedAt: await this.#write(lease, signal), seen };
    } catch (error) {
      if (signal.aborted) return undefined;
      const level = isConflict(error) ? 'debug' : 'warn';
      this.#logger[level]('lease not acquired', { error: errorMessage(error) });
      return undefined;
    }
  }

  #read(signal?: AbortSignal): Promise<Lease | undefined> {
    const { client, namespace, name, retryPeriodMs } = this.#options;
    const options = { signal, timeoutMs: Math.max(retryPeriodMs, 1000) };
    return ignoreNotFound(client.get(resources.leases, { namespace, name }, options));
  }

  /** Writes ourselves into the lease. The resource version makes sure that nobody came first. */
  async #write(lease: Lease | undefined, signal: AbortSignal): Promise<Moment> {
    const { client, clock, namespace, name, identity, leaseDurationMs, retryPeriodMs } = this.#options;
    const startedAt = momentOf(clock);
    const spec = heldSpec(lease, identity, leaseDurationMs, clock.now());
    const options = { signal, timeoutMs: Math.max(retryPeriodMs, 1000) };
    this.#lease =
      lease === undefined
        ? await client.create(resources.leases, { metadata: { namespace, name }, spec }, options)
        : await client.update(resources.leases, { ...lease, spec }, options);
    return startedAt;
  }

  async #release(): Promise<void> {
    const { client, clock, retryPeriodMs, identity } = this.#options;
    try {
      const lease = this.#lease ?? (await this.#read());
      this.#lease = undefined;
      if (lease?.spec?.holderIdentity !== identity) return;
      const released = { ...lease, spec: releasedSpec(lease, clock.now()) };
      await client.update(resources.leases, released, { timeoutMs: Math.max(retryPeriodMs, 1000) });
      this.#logger.info('lease released', { identity });
    } catch (error) {
      this.#logger.warn('lease not released', { error: errorMessage(error) });
    }
  }
}
