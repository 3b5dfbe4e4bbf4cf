import { type Clock, errorMessage, HwError, Latest, type Logger, type Runnable } from '@rackwright/core';
import { aidaptivCache } from '@rackwright/keys';
import { type KubeClient, resources } from '@rackwright/kube';
import type { CertificateSource, ServingCertificate } from '@rackwright/web';
import { isFit, pairOf } from './certificate.ts';
import type { CertificateKeeperOptions } from './certificate-keeper.ts';

type Options = Omit<CertificateKeeperOptions, 'client'> & {
  readonly client: Pick<KubeClient, 'get'>;
  readonly clock: Clock;
  readonly logger: Logger;
};

/** The certificate in the Secret, looked at again and again, as the keeper makes and renews it. */
export class StoredCertificate implements CertificateSource, Runnable {
  readonly name = 'stored handshake certificate';
  readonly #options: Options;
  readonly #newest = new Latest<ServingCertificate | undefined>(undefined);

  constructor(options: Options) {
    this.#options = options;
  }

  current(): ServingCertificate {
    const { value } = this.#newest;
    if (value === undefined) throw new HwError('FailedPrecondition', 'there is no certificate yet');
    return value;
  }

  /** Resolves once there is one; rejects when `signal` aborts. */
  async first(signal: AbortSignal): Promise<void> {
    await this.#newest.until((value) => value !== undefined, signal);
  }

  get changes(): CertificateSource['changes'] {
    return {
      subscribe: (listener) => this.#newest.subscribe((value) => value !== undefined && listener(value)),
    };
  }

  async start(signal: AbortSignal): Promise<void> {
    const { clock, intervalMs } = this.#options;
    while (!signal.aborted) {
      await this.#look(signal);
      // The first one is made a moment after the start.
      const waitMs = this.#newest.value === undefined ? Math.min(1000, intervalMs) : intervalMs;
      await clock.sleep(waitMs, signal).catch(() => undefined);
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { client, namespace, host, clock, logger } = this.#options;
    try {
      const key = { namespace, name: aidaptivCache.handshake.secret };
      const pair = pairOf(await client.get(resources.secrets, key, { signal }));
      if (pair === undefined || !isFit(pair, host, clock.now())) return;
      if (pair.cert !== this.#newest.value?.cert) this.#newest.set(pair);
    } catch (error) {
      if (!signal.aborted)
        logger.debug('the certificate of handshakes cannot be read', { error: errorMessage(error) });
    }
  }
}
