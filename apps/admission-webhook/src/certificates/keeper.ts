import { Backoff, type Clock, errorMessage, Latest, type Logger, type Runnable } from '@rackwright/core';
import { type CallOptions, isConflict } from '@rackwright/kube';
import type { CheckResult } from '@rackwright/service';
import type { KeyPair } from '@rackwright/web';
import type { Registrations } from '../configuration/registrations.ts';
import { type CertificateSnapshot, type CertificateTimes, isValid, wantedTrust } from './plan.ts';
import { Sightings } from './seen-since.ts';
import { type ObservedCertificates, observeCertificates } from './snapshot.ts';
import type { CertificateSupply } from './supply.ts';

/** What a keeper works with. */
export interface KeeperOptions {
  readonly supply: CertificateSupply;
  readonly registrations: Registrations;
  readonly names: readonly string[];
  readonly times: CertificateTimes;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Most steps without a pause: from nothing to all is well takes five. */
const maxSteps = 16;
/** Longest a call of the API server may take. */
const callMs = 10_000;

/**
 * Keeps a valid certificate served that API servers trust: one step at a time,
 * each decided from what there is at that moment, so that several replicas do
 * it together and any of them may stop at any time.
 */
export class CertificateKeeper implements Runnable {
  readonly name = 'certificates';
  /** What is to be served. */
  readonly served = new Latest<KeyPair | undefined>(
    undefined,
    (a, b) => a?.cert === b?.cert && a?.key === b?.key,
  );
  readonly #options: KeeperOptions;
  readonly #backoff: Backoff;
  readonly #sightings = new Sightings();
  readonly #failure = new Latest<string | undefined>(undefined);
  #last: CertificateSnapshot | undefined;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#backoff = new Backoff({ initialMs: 500, maxMs: this.#intervalMs() });
  }

  async start(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      const waitMs = await this.#pass(signal);
      await clock.sleep(waitMs, signal).catch(() => undefined);
    }
  }

  /** Ready when something valid is served that API servers trust. */
  readiness(): CheckResult {
    const failed = (message: string): CheckResult => ({ ok: false, message });
    const { served, trusted } = this.#last ?? {};
    if (this.served.value === undefined || served === undefined)
      return failed(this.#failure.value ?? 'no certificate yet');
    if (!isValid(served, this.#options.clock.now())) return failed('the certificate has expired');
    const isTrusted = trusted === undefined || trusted.some(({ id }) => served.issuers.includes(id));
    return isTrusted ? { ok: true } : failed('the configurations do not trust the certificate yet');
  }

  /** When what is served ends, in milliseconds since the epoch. */
  get notAfterMs(): number | undefined {
    return this.#last?.served?.notAfterMs;
  }

  /** Often enough for every deadline there is. */
  #intervalMs(): number {
    return Math.min(30_000, this.#options.times.settleMs / 2);
  }

  /** Does all there is to do; how long to wait then. */
  async #pass(signal: AbortSignal): Promise<number> {
    try {
      for (let step = 0; step < maxSteps; step++) {
        const more = await this.#step({ signal, timeoutMs: callMs });
        if (!more) break;
      }
      this.#failure.set(undefined);
      this.#backoff.reset();
      // While replicas wait for each other they look again soon.
      const waiting = !this.#options.registrations.isAttached;
      return (waiting ? 1000 : this.#intervalMs()) * (0.8 + 0.4 * Math.random());
    } catch (error) {
      if (signal.aborted) return 0;
      const message = errorMessage(error);
      if (this.#failure.set(message))
        this.#options.logger.warn('certificates could not be looked after', { error: message });
      return this.#backoff.next();
    }
  }

  /** One step; whether there may be more to do. */
  async #step(options: CallOptions): Promise<boolean> {
    const { supply, registrations, times, logger } = this.#options;
    const { snapshot, pemOf, stored } = await this.#observe(options);
    const next = supply.next(snapshot, times);
    try {
      if (next === undefined) {
        if (!isValid(snapshot.served, snapshot.nowMs)) return false;
        return await registrations.attach(pemOf(wantedTrust(snapshot, times)), options);
      }
      logger.info('certificates', next);
      if (next.action === 'serve') this.served.set(stored);
      else if (next.action === 'trust') await registrations.trust(pemOf(next.ids), options);
      else await supply.perform(next.action, options);
    } catch (error) {
      // Another replica was quicker: look again.
      if (!isConflict(error)) throw error;
    }
    return true;
  }

  async #observe(
    options: CallOptions,
  ): Promise<
    Pick<ObservedCertificates, 'pemOf'> & { snapshot: CertificateSnapshot; stored: KeyPair | undefined }
  > {
    const { supply, registrations, names, clock } = this.#options;
    const [supplies, bundles] = await Promise.all([supply.read(options), registrations.read(options)]);
    const nowMs = clock.now();
    const seen = observeCertificates({ nowMs, supplies, bundles, names, served: this.served.value });
    const snapshot = { ...seen.snapshot, ...this.#sightings.note(seen.snapshot) };
    this.#last = snapshot;
    return { snapshot, pemOf: seen.pemOf, stored: supplies.stored };
  }
}
