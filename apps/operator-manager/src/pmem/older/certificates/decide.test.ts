import { describe, expect, test } from '@jest/globals';
import type { PmemDeploymentSpec } from '@rackwright/api';
import { systemClock } from '@rackwright/core';
import type { Secret } from '@rackwright/kube';
import { certificatesOf } from '@rackwright/web';
import { olderDeployment, testSettings } from '../../testing/fixtures.ts';
import { olderOwner } from '../manifests/index.ts';
import { type CertificateSet, digestOf, holders } from './certificate-set.ts';
import { type CertificateDecision, decideCertificates, certificateTimes as times } from './decide.ts';
import { issueCertificates } from './issue.ts';
import { certificateSecrets, storedSet } from './secrets.ts';
import { verifyCertificates } from './verify.ts';

const owner = olderOwner(olderDeployment(), testSettings);
const none = storedSet(owner, []);
const hourMs = 3_600_000;

/** Decides and does what was decided, as the operator does, and says each step. */
class Keeper {
  stored = none;
  spec: PmemDeploymentSpec = {};
  now = systemClock.now();
  #handshake: { digest: string; failure?: string } | undefined;

  decide(): CertificateDecision {
    const { stored, spec, now } = this;
    return decideCertificates({
      ...{ spec, secrets: [], namespace: 'pmem-csi', stored, now, times },
      handshake: this.#handshake,
    });
  }

  async steps(): Promise<string[]> {
    const steps: string[] = [];
    while (steps.length < 9) {
      const decision = this.decide();
      steps.push(
        decision.step === 'issue' ? `issue ${decision.issue.whose} ${decision.issue.as}` : decision.step,
      );
      if (decision.step === 'refuse') return steps;
      if (decision.step === 'use') {
        this.#store(decision.set);
        return steps;
      }
      const set =
        decision.step === 'verify'
          ? decision.set
          : await issueCertificates(this.stored, decision.issue, { now: this.now, times });
      const failure = await verifyCertificates(set);
      this.#handshake = { digest: digestOf(set), ...(failure === undefined ? {} : { failure }) };
      if (decision.step === 'issue') this.#store(set);
    }
    return steps;
  }

  /** Through the Secrets. */
  #store(set: CertificateSet): void {
    this.stored = storedSet(owner, certificateSecrets(owner, set) as Secret[]);
  }
}

/** Whether pods that have one set can talk with pods that have another. */
async function understand(a: CertificateSet, b: CertificateSet): Promise<boolean> {
  const ca = (set: CertificateSet) => certificatesOf(set.ca);
  const signedBy = (set: CertificateSet, trusted: CertificateSet) =>
    holders.every((holder) => {
      const [certificate] = certificatesOf(set[holder].cert);
      return ca(trusted).some((one) => certificate?.checkIssued(one) && certificate.verify(one.publicKey));
    });
  return signedBy(a, b) && signedBy(b, a);
}

describe('certificates that the operator makes', () => {
  test('are used once a handshake succeeded, and stay as they are', async () => {
    const keeper = new Keeper();
    expect(await keeper.steps()).toEqual(['issue registry,nodeController current', 'use']);
    const { stored } = keeper;
    expect(await keeper.steps()).toEqual(['use']);
    expect(keeper.stored).toEqual(stored);
    expect(keeper.decide()).toMatchObject({ changesAtMs: expect.any(Number) });
  });

  test('are renewed before they end, in steps between which all pods understand each other', async () => {
    const keeper = new Keeper();
    await keeper.steps();
    const first = keeper.stored;
    // As far as real handshakes let the clock go: the certificates are from the past in place of that.
    keeper.now -= times.lifetimeMs - times.renewMs + hourMs;
    keeper.stored = none;
    await keeper.steps();
    const old = keeper.stored;
    keeper.now = systemClock.now();
    expect(await keeper.steps()).toEqual(['issue registry,nodeController next', 'use']);
    const both = keeper.stored;
    expect(both.registry.cert).toBe(old.registry.cert);
    expect(await understand(old, both)).toBe(true);
    expect(await keeper.steps()).toEqual(['use']);
    expect(keeper.stored).toEqual(both);
    keeper.now += times.settleMs + hourMs;
    expect(await keeper.steps()).toEqual(['verify', 'use']);
    const renewed = keeper.stored;
    expect(renewed.registry).toEqual({ ...both.registry.next });
    expect(renewed.nodeController).toEqual({ ...both.nodeController.next });
    expect(await understand(both, renewed)).toBe(true);
    expect(await keeper.steps()).toEqual(['use']);
    // Who has nothing of it does not get in.
    expect(await understand(first, renewed)).toBe(false);
  });

  test('whose key is lost are made anew, and those of the other side go on', async () => {
    const keeper = new Keeper();
    await keeper.steps();
    const before = keeper.stored;
    keeper.stored = { ...before, registry: { cert: before.registry.cert, key: 'lost' } };
    expect(await keeper.steps()).toEqual(['issue registry current', 'use']);
    expect(keeper.stored.nodeController).toEqual(before.nodeController);
    expect(certificatesOf(keeper.stored.ca)).toHaveLength(2);
  });

  test('are for the key that the spec has, which stays as it is', async () => {
    const keeper = new Keeper();
    await keeper.steps();
    const registryKey = keeper.stored.registry.key;
    const other = new Keeper();
    other.spec = { registryKey: Buffer.from(registryKey).toString('base64') };
    expect(await other.steps()).toEqual(['issue registry,nodeController current', 'use']);
    expect(other.stored.registry.key).toBe(registryKey);
    expect(other.stored.registry.cert).not.toBe(keeper.stored.registry.cert);
  });
});

describe('what a user brings', () => {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');

  async function brought(): Promise<PmemDeploymentSpec> {
    const keeper = new Keeper();
    await keeper.steps();
    const { ca, registry, nodeController } = keeper.stored;
    return {
      caCert: base64(ca),
      ...{ registryCert: base64(registry.cert), registryKey: base64(registry.key) },
      ...{ nodeControllerCert: base64(nodeController.cert), nodeControllerKey: base64(nodeController.key) },
    };
  }

  test('is used as it is after a handshake, and refused when it has expired', async () => {
    const keeper = new Keeper();
    keeper.spec = await brought();
    expect(await keeper.steps()).toEqual(['verify', 'use']);
    keeper.now += times.lifetimeMs + hourMs;
    expect(keeper.decide()).toMatchObject({
      ...{ step: 'refuse', message: expect.stringContaining('a certificate has expired') },
    });
  });

  test.each<[string, (spec: PmemDeploymentSpec) => PmemDeploymentSpec, string]>([
    ['without a CA', ({ caCert: _, ...rest }) => rest, 'missing root CA'],
    ['without a key', ({ registryKey: _, ...rest }) => rest, 'certificates and keys must be provided'],
    ['with only a CA', ({ caCert = '' }) => ({ caCert }), 'certificates and keys must be provided'],
    [
      'with a CA that is none',
      (spec) => ({ ...spec, caCert: base64('no PEM') }),
      'spec.caCert is no certificate',
    ],
    [
      'with a CA that may sign nothing',
      (spec) => ({ ...spec, caCert: spec.registryCert ?? '' }),
      'spec.caCert is not the certificate of a CA',
    ],
    [
      'with a key that is none',
      () => ({ registryKey: base64('secret words') }),
      'spec.registryKey is no private key',
    ],
    [
      'with a Secret that is not there',
      () => ({ registrySecret: 'mine' }),
      'there is no Secret pmem-csi/mine',
    ],
    [
      'twice',
      (spec) => ({ ...spec, registrySecret: 'mine' }),
      'spec.registrySecret is in place of spec.registryCert',
    ],
  ])('is refused %s, with nothing of what it holds', async (_, change, message) => {
    const keeper = new Keeper();
    keeper.spec = change(await brought());
    const decision = keeper.decide();
    expect(decision).toMatchObject({ step: 'refuse', message: expect.stringContaining(message) });
    expect(JSON.stringify(decision)).not.toMatch(/PRIVATE|secret words/);
  });
});
