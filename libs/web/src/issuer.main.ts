import 'reflect-metadata';
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  PemConverter,
  PublicKey,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { KeyPair } from './certificate-facts.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
/** Clocks of machines that check it may be behind by so much. */
const backdateMs = 60 * 60 * 1000;
const dayMs = 24 * 60 * 60 * 1000;

/** From when and for how long a certificate is valid. */
export interface Validity {
  readonly nowMs: number;
  readonly lifetimeMs: number;
}

// Large and seldom needed: a file of its own, loaded by `loadIssuer`.

/** A new authority: a certificate that may sign others, and its key. */
export async function makeAuthority(commonName: string, validity: Validity): Promise<KeyPair> {
  const keys = await generateKeys();
  // Two authorities of one name are told apart by the identifier of their keys.
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: nameOf(commonName),
    keys,
    signingAlgorithm: algorithm,
    ...period(validity),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return pair(certificate, keys.privateKey);
}

/** What a certificate is for beside serving. */
export interface CertificateUse {
  /** Its owner shows it to servers too. */
  readonly client?: boolean;
  /** The key of its owner, PEM; default a new one. */
  readonly key?: string;
}

/** A certificate for a server of these names, signed by an authority and no longer valid than that. */
export async function makeCertificate(
  authority: KeyPair,
  names: readonly string[],
  validity: Validity,
  { client = false, key = newKey() }: CertificateUse = {},
): Promise<KeyPair> {
  const signer = new X509Certificate(authority.cert);
  const { notBefore, notAfter } = period(validity);
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    // A common name holds 64 characters; who checks looks at the names below.
    subject: nameOf((names[0] ?? '').slice(0, 64)),
    issuer: signer.subjectName,
    publicKey: publicKeyOf(key),
    signingKey: await importKey(authority.key),
    signingAlgorithm: algorithm,
    notBefore,
    notAfter: notAfter < signer.notAfter ? notAfter : signer.notAfter,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(usageOf(key), true),
      new ExtendedKeyUsageExtension([
        ExtendedKeyUsage.serverAuth,
        ...(client ? [ExtendedKeyUsage.clientAuth] : []),
      ]),
      new SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns', value }))),
      await AuthorityKeyIdentifierExtension.create(signer),
    ],
  });
  return { cert: `${certificate.toString('pem')}\n`, key };
}

/**
 * A certificate that signs itself, for a server whose clients do not check it:
 * it keeps what is said from listeners. Valid for ten years from a day ago, so
 * that no pod outlives it.
 */
export async function selfSigned(host: string, nowMs: number): Promise<KeyPair> {
  const keys = await generateKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    // A common name holds 64 characters; who checks looks at the name below.
    name: nameOf(host.slice(0, 64)),
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(nowMs - dayMs),
    notAfter: new Date(nowMs + 3650 * dayMs),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension([{ type: 'dns', value: host }]),
    ],
  });
  return pair(certificate, keys.privateKey);
}

function newKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** @throws when the text is no private key that can be read without a password */
function publicKeyOf(key: string): PublicKey {
  const der = createPublicKey(createPrivateKey(key)).export({ type: 'spki', format: 'der' });
  return new PublicKey(new Uint8Array(der));
}

/** With a key of RSA the older suites of TLS 1.2 encipher the session's. */
function usageOf(key: string): KeyUsageFlags {
  const { asymmetricKeyType } = createPrivateKey(key);
  const { digitalSignature, keyEncipherment } = KeyUsageFlags;
  return asymmetricKeyType === 'rsa' ? digitalSignature | keyEncipherment : digitalSignature;
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const [der] = PemConverter.decode(pem);
  return webcrypto.subtle.importKey('pkcs8', der ?? new ArrayBuffer(0), algorithm, false, ['sign']);
}

function period({ nowMs, lifetimeMs }: Validity): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(nowMs - backdateMs), notAfter: new Date(nowMs + lifetimeMs) };
}

/** Positive and unlike any other. */
function serialNumber(): string {
  return `01${randomBytes(15).toString('hex')}`;
}

function nameOf(commonName: string): Name {
  return new Name([{ CN: [{ utf8String: commonName }] }]);
}

async function pair(certificate: X509Certificate, privateKey: webcrypto.CryptoKey): Promise<KeyPair> {
  const key = PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', privateKey), 'PRIVATE KEY');
  return { cert: `${certificate.toString('pem')}\n`, key: `${key}\n` };
}
