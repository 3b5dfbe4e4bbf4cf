import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { expect, test } from '@jest/globals';
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { systemClock } from '@rackwright/core';
import { certificatesOf, factsOfPair, type KeyPair } from './certificate-facts.ts';
import { makeAuthority, makeCertificate } from './issuer.main.ts';

const validity = { nowMs: systemClock.now(), lifetimeMs: 3_600_000 };

/** As an Issuer of cert-manager makes it whose certificates sign themselves: it may sign no other. */
async function selfSigned(): Promise<KeyPair> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...{ serialNumber: '01', name: 'CN=hooks', keys, signingAlgorithm: algorithm },
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, true),
    ],
  });
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { cert: certificate.toString('pem'), key: PemConverter.encode(key, 'PRIVATE KEY') };
}

test('a certificate is trusted by who signed it, and by itself', async () => {
  const [authority, other] = await Promise.all([makeAuthority('a', validity), makeAuthority('b', validity)]);
  const signed = await makeCertificate(authority, ['a.svc'], validity);
  const own = await selfSigned();
  const known = [authority, other, own].flatMap(({ cert }) => certificatesOf(cert));
  const ids = known.map(({ fingerprint256 }) => fingerprint256);
  expect(factsOfPair(signed, known)?.issuers).toEqual([ids[0]]);
  expect(factsOfPair(own, known)?.issuers).toEqual([ids[2]]);
});
