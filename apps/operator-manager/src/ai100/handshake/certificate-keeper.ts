import { type Clock, errorMessage, type Logger, type Runnable } from '@rackwright/core';
import { aidaptivCache } from '@rackwright/keys';
import { isConflict, isLeadershipLost, type KubeClient, resources } from '@rackwright/kube';
import { type ServingCertificate, selfSignedCertificate } from '@rackwright/web';
import { isFit, pairOf, secretData, trustData, trustOf } from './certificate.ts';

const { secret, trust } = aidaptivCache.handshake;

export interface CertificateKeeperOptions {
  readonly client: Pick<KubeClient, 'get' | 'update'>;
  readonly namespace: string;
  /** Name exporters use for the operator. */
  readonly host: string;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Sees to it that there is a certificate for handshakes and that exporters trust
 * it. The leader runs it; every replica serves what is in the Secret. The
 * certificate signs itself and is all that exporters trust, so no authority can
 * make another one.
 */
export class HandshakeCertificateKeeper implements Runnable {
  readonly name = 'handshake certificate';
  readonly #options: CertificateKeeperOptions;
  #told = '';

  constructor(options: CertificateKeeperOptions) {
    this.#options = options;
  }

  async start(signal: AbortSignal): Promise<void> {
    const { clock, intervalMs } = this.#options;
    while (!signal.aborted) {
      await this.#look(signal);
      await clock.sleep(intervalMs, signal).catch(() => undefined);
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    try {
      await this.check(signal);
      this.#told = '';
    } catch (error) {
      // Who wrote first, or leads now, looks after it.
      if (signal.aborted || isConflict(error) || isLeadershipLost(error)) return;
      const message = errorMessage(error);
      if (message !== this.#told)
        this.#options.logger.warn('the certificate of handshakes cannot be kept', { error: message });
      this.#told = message;
    }
  }

  /** One look: what lacks is made, the certificate first. */
  async check(signal: AbortSignal): Promise<void> {
    const { client, namespace } = this.#options;
    const stored = await client.get(resources.secrets, { namespace, name: secret }, { signal });
    const { cert } = await this.#pairIn(stored, signal);
    const published = await client.get(resources.configMaps, { namespace, name: trust }, { signal });
    if (trustOf(published) === cert) return;
    await client.update(resources.configMaps, { ...published, data: trustData(cert) }, { signal });
  }

  async #pairIn(stored: Parameters<typeof pairOf>[0], signal: AbortSignal): Promise<ServingCertificate> {
    const { client, host, clock, logger } = this.#options;
    const pair = pairOf(stored);
    if (pair !== undefined && isFit(pair, host, clock.now())) return pair;
    const made = await selfSignedCertificate(host, clock.now());
    await client.update(resources.secrets, { ...stored, data: secretData(made) }, { signal });
    logger.info('made a certificate for handshakes', { host });
    return made;
  }
}
