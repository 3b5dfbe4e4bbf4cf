import { type Clock, HwError } from '@rackwright/core';
import type { CallOptions } from '@rackwright/kube';
import { type KeyPair, loadIssuer } from '@rackwright/web';
import { type CertificateTimes, nextCertificateAction } from './plan.ts';
import type { PairSecret, StoredPairs } from './secrets.ts';
import type { CertificateSupply, Supplies, SupplyAction } from './supply.ts';

/** What certificates are made for. */
export interface SecretSupplyOptions {
  readonly authority: PairSecret;
  readonly certificate: PairSecret;
  /** DNS names of the Service. */
  readonly names: readonly string[];
  readonly times: CertificateTimes;
  readonly clock: Clock;
}

/** Certificates that the replicas make themselves and share in two Secrets. */
export class SecretSupply implements CertificateSupply {
  readonly next = nextCertificateAction;
  readonly #options: SecretSupplyOptions;
  #read: { readonly authority: StoredPairs; readonly certificate: StoredPairs } | undefined;

  constructor(options: SecretSupplyOptions) {
    this.#options = options;
  }

  async read(options: CallOptions): Promise<Supplies> {
    const [authority, certificate] = await Promise.all([
      this.#options.authority.read(options),
      this.#options.certificate.read(options),
    ]);
    this.#read = { authority, certificate };
    return {
      authority: authority.current?.cert,
      nextAuthority: authority.next?.cert,
      stored: certificate.current,
    };
  }

  async perform(action: SupplyAction, options: CallOptions): Promise<void> {
    if (this.#read === undefined) throw new HwError('Internal', 'read before you act');
    const { authority, certificate } = this.#read;
    if (action === 'make certificate') {
      if (authority.current === undefined) return;
      const current = await this.#makeCertificate(authority.current);
      await this.#options.certificate.write({ ...certificate, current }, options);
      return;
    }
    await this.#options.authority.write(await this.#changed(authority, action), options);
  }

  async #changed(
    authority: StoredPairs,
    action: Exclude<SupplyAction, 'make certificate'>,
  ): Promise<StoredPairs> {
    switch (action) {
      case 'make authority':
        return { ...authority, current: await this.#makeAuthority() };
      case 'make next authority':
        return { ...authority, next: await this.#makeAuthority() };
      case 'promote next authority':
        return { ...authority, current: authority.next, next: undefined };
    }
  }

  async #makeAuthority(): Promise<KeyPair> {
    const { names, times, clock } = this.#options;
    const { makeAuthority } = await loadIssuer();
    const commonName = `${(names[0] ?? '').slice(0, 56)} CA`;
    return makeAuthority(commonName, { nowMs: clock.now(), lifetimeMs: times.caLifetimeMs });
  }

  async #makeCertificate(authority: KeyPair): Promise<KeyPair> {
    const { names, times, clock } = this.#options;
    const { makeCertificate } = await loadIssuer();
    return makeCertificate(authority, names, { nowMs: clock.now(), lifetimeMs: times.lifetimeMs });
  }
}
