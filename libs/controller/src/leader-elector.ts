import { type Clock, errorMessage, HwError, Latest, type Logger } from '@rackwright/core';
import { ignoreNotFound, isConflict, type KubeClient, type Lease, resources } from '@rackwright/kube';
import { heldSpec, LeaseObserver, releasedSpec } from './lease-record.ts';

/** What a `LeaderElector` needs. Durations in milliseconds. */
export interface LeaderElectorOptions {
  readonly client: Pick<KubeClient, 'get' | 'create' | 'update'>;
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
}

/**
 * Lets one of several replicas lead, by a coordination.k8s.io Lease.
 *
 * A leader that cannot renew aborts its work `leaseDurationMs` minus
 * `renewDeadlineMs` before anyone can take over. The clocks of the machines need
 * not agree; they must run at about the same speed. A process that is frozen
 * for longer than that margin cannot know: writes that must never overlap need
 * a resource version too.
 */
export class LeaderElector {
  readonly leading = new Latest(false);
  readonly #options: Required<LeaderElectorOptions>;
  readonly #observer: LeaseObserver;
  readonly #logger: Logger;
  #lease: Lease | undefined;
  /** Start of the last successful renewal, monotonic. */
  #renewedAt = 0;

  /** @throws HwError InvalidArgument unless leaseDurationMs > renewDeadlineMs > retryPeriodMs > 0 */
  constructor(options: LeaderElectorOptions) {
    const defaults = {
      leaseDurationMs: 15_000,
      renewDeadlineMs: 10_000,
      retryPeriodMs: 2_000,
      random: Math.random,
    };
    this.#options = { ...defaults, ...options };
    const { leaseDurationMs, renewDeadlineMs, retryPeriodMs } = this.#options;
    if (!(leaseDurationMs > renewDeadlineMs && renewDeadlineMs > retryPeriodMs && retryPeriodMs > 0)) {
      throw new HwError('InvalidArgument', 'lease duration, renew deadline and retry period must decrease', {
        remedy: 'use for example 15s, 10s and 2s',
      });
    }
    this.#observer = new LeaseObserver(options.clock);
    this.#logger = options.logger.child({ lease: `${options.namespace}/${options.name}` });
  }

  /**
   * Campaigns until `signal` aborts, and runs `lead` whenever this replica
   * leads. The signal given to `lead` aborts when leadership is lost or `signal`
   * aborts; `lead` is waited for, and the lease renewed meanwhile, before it is
   * released. After a loss it campaigns again. When `lead` ends on its own, so
   * does this, with its error if there is one.
   */
  async run(signal: AbortSignal, lead: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { clock, retryPeriodMs, random } = this.#options;
    while (!signal.aborted) {
      if (await this.#tryAcquire(signal)) {
        const lost = await this.#term(signal, lead);
        if (!lost) return;
      }
      await clock.sleep(retryPeriodMs * (1 + random()), signal).catch(() => undefined);
    }
  }

  /** One time in office. True when it ended because leadership was lost. */
  async #term(signal: AbortSignal, lead: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
    const abort = new AbortController();
    const over = new AbortController();
    const onAbort = (): void => abort.abort(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    this.#logger.info('leading', { identity: this.#options.identity });
    this.leading.set(true);
    const renewing = this.#keep(over.signal).then((kept) => {
      if (!kept) {
        this.leading.set(false);
        this.#logger.error('leadership lost', { identity: this.#options.identity });
        abort.abort(new HwError('Cancelled', 'leadership lost'));
      }
      return kept;
    });
    try {
      await lead(abort.signal);
    } catch (error) {
      if (!abort.signal.aborted) throw error;
    } finally {
      over.abort();
      const kept = await renewing;
      this.leading.set(false);
      signal.removeEventListener('abort', onAbort);
      if (kept) await this.#release();
    }
    return !signal.aborted && !(await renewing);
  }

  /** Renews until `over` aborts: then true. False as soon as leadership is lost. */
  async #keep(over: AbortSignal): Promise<boolean> {
    const { clock, retryPeriodMs, renewDeadlineMs } = this.#options;
    const lost = Promise.withResolvers<false>();
    while (!over.aborted) {
      const leftMs = this.#renewedAt + renewDeadlineMs - clock.monotonic();
      if (leftMs <= 0) return false;
      await clock.sleep(Math.min(retryPeriodMs, leftMs), over).catch(() => undefined);
      if (over.aborted) break;
      // The deadline counts even while a renewal hangs.
      const untilLostMs = Math.max(0, this.#renewedAt + renewDeadlineMs - clock.monotonic());
      using _ = clock.timer(untilLostMs, () => lost.resolve(false));
      const outcome = await Promise.race([this.#renew(over), lost.promise]);
      if (outcome === false) return false;
    }
    return true;
  }

  /** False when somebody else holds the lease; failures to reach the server are not yet a loss. */
  async #renew(signal: AbortSignal): Promise<boolean> {
    try {
      const lease = this.#lease ?? (await this.#read(signal));
      if (lease?.spec?.holderIdentity !== this.#options.identity) return false;
      await this.#write(lease, signal);
    } catch (error) {
      if (signal.aborted) return true;
      this.#lease = undefined;
      this.#logger.warn('lease not renewed', { error: errorMessage(error) });
    }
    return true;
  }

  async #tryAcquire(signal: AbortSignal): Promise<boolean> {
    try {
      const lease = await this.#read(signal);
      const mine = lease?.spec?.holderIdentity === this.#options.identity;
      if (lease !== undefined && !mine && !this.#observer.isFree(lease)) return false;
      await this.#write(lease, signal);
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      const level = isConflict(error) ? 'debug' : 'warn';
      this.#logger[level]('lease not acquired', { error: errorMessage(error) });
      return false;
    }
  }

  #read(signal: AbortSignal): Promise<Lease | undefined> {
    const { client, namespace, name, retryPeriodMs } = this.#options;
    const options = { signal, timeoutMs: Math.max(retryPeriodMs, 1000) };
    return ignoreNotFound(client.get(resources.leases, { namespace, name }, options));
  }

  /** Writes ourselves into the lease. The resource version makes sure that nobody came first. */
  async #write(lease: Lease | undefined, signal: AbortSignal): Promise<void> {
    const { client, clock, namespace, name, identity, leaseDurationMs, retryPeriodMs } = this.#options;
    const at = clock.monotonic();
    const spec = heldSpec(lease, identity, leaseDurationMs, clock.now());
    const options = { signal, timeoutMs: Math.max(retryPeriodMs, 1000) };
    this.#lease =
      lease === undefined
        ? await client.create(resources.leases, { metadata: { namespace, name }, spec }, options)
        : await client.update(resources.leases, { ...lease, spec }, options);
    this.#renewedAt = at;
  }

  async #release(): Promise<void> {
    const { client, clock, retryPeriodMs, identity } = this.#options;
    const lease = this.#lease;
    this.#lease = undefined;
    if (lease === undefined) return;
    const released = { ...lease, spec: releasedSpec(lease, clock.now()) };
    try {
      await client.update(resources.leases, released, { timeoutMs: Math.max(retryPeriodMs, 1000) });
      this.#logger.info('lease released', { identity });
    } catch (error) {
      this.#logger.warn('lease not released', { error: errorMessage(error) });
    }
  }
}
