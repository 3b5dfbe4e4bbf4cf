import 'reflect-metadata';
import { generateKeyPairSync, randomBytes, webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type JsonGeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  PemConverter,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { Clock } from '@rackwright/core';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const day = 24 * 60 * 60 * 1000;

/** A certificate and its private key, both PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** Whom a certificate is for. */
export interface Subject {
  readonly commonName: string;
  /** Kubernetes reads these as groups. */
  readonly organizations?: readonly string[];
  /** Names and addresses a server answers at; none makes it a client certificate only. */
  readonly hosts?: readonly string[];
}

/** A certificate authority that lives as long as one control plane. */
export class Authority {
  readonly #certificate: X509Certificate;
  readonly #keys: webcrypto.CryptoKeyPair;
  readonly #clock: Clock;
  /** The authority's private key, PEM: the controller manager signs requests with it. */
  readonly key: string;

  private constructor(
    certificate: X509Certificate,
    keys: webcrypto.CryptoKeyPair,
    key: string,
    clock: Clock,
  ) {
    this.#certificate = certificate;
    this.#keys = keys;
    this.#clock = clock;
    this.key = key;
  }

  /** @param name its common name; whoever trusts several tells them apart by it */
  static async create(clock: Clock, name = 'rackwright-testbed'): Promise<Authority> {
    const keys = await generateKeys();
    const certificate = await X509CertificateGenerator.createSelfSigned({
      serialNumber: serial(),
      name: `CN=${name}`,
      keys,
      signingAlgorithm: algorithm,
      ...validity(clock),
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      ],
    });
    return new Authority(certificate, keys, await privatePem(keys), clock);
  }

  /** The authority's certificate, PEM. */
  get cert(): string {
    return `${this.#certificate.toString('pem')}\n`;
  }

  /** Issues a certificate for `subject`, valid for a year. */
  async issue(subject: Subject): Promise<KeyPair> {
    const keys = await generateKeys();
    const certificate = await X509CertificateGenerator.create({
      serialNumber: serial(),
      subject: distinguishedName(subject),
      issuer: this.#certificate.subjectName,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      signingAlgorithm: algorithm,
      ...validity(this.#clock),
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension(usages(subject)),
        ...(subject.hosts === undefined ? [] : [new SubjectAlternativeNameExtension(names(subject.hosts))]),
      ],
    });
    return { cert: `${certificate.toString('pem')}\n`, key: await privatePem(keys) };
  }
}

/** A key pair that signs and verifies ServiceAccount tokens, PEM. */
export function signingKeys(): { readonly privateKey: string; readonly publicKey: string } {
  return generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

async function privatePem(keys: webcrypto.CryptoKeyPair): Promise<string> {
  const der = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return `${PemConverter.encode(der, 'PRIVATE KEY')}\n`;
}

function serial(): string {
  return `01${randomBytes(15).toString('hex')}`;
}

function validity(clock: Clock): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(clock.now() - day), notAfter: new Date(clock.now() + 365 * day) };
}

/** As typed values: a plain string would be read as notation, with quotes, hash signs and escapes. */
function distinguishedName({ commonName, organizations = [] }: Subject): Name {
  return new Name([
    ...organizations.map((name) => ({ O: [{ utf8String: name }] })),
    { CN: [{ utf8String: commonName }] },
  ]);
}

function usages(subject: Subject): ExtendedKeyUsage[] {
  return subject.hosts === undefined
    ? [ExtendedKeyUsage.clientAuth]
    : [ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth];
}

function names(hosts: readonly string[]): JsonGeneralName[] {
  return hosts.map((value) => ({ type: /^[\d.]+$|:/.test(value) ? 'ip' : 'dns', value }));
}
