import { createPrivateKey } from 'node:crypto';
import type { PmemDeploymentSpec } from '@rackwright/api';
import { fail, HwError, ok, type Result } from '@rackwright/core';
import type { Secret } from '@rackwright/kube';
import { certificatesOf, type KeyPair } from '@rackwright/web';
import { type CertificateSet, type Holder, holders } from './certificate-set.ts';
import { pairIn, textIn } from './secrets.ts';

/** What a user brings: the whole set, or keys for certificates that are to be made. */
export type GivenCertificates =
  | { readonly kind: 'set'; readonly set: CertificateSet }
  | { readonly kind: 'keys'; readonly keys: Readonly<Partial<Record<Holder, string>>> };

/** Where a user may have them from. */
export interface GivenInput {
  readonly spec: PmemDeploymentSpec;
  /** Secrets with certificates in the namespace of the operator. */
  readonly secrets: readonly Secret[];
  readonly namespace: string;
}

const fields = {
  registry: { cert: 'registryCert', key: 'registryKey', secret: 'registrySecret' },
  nodeController: {
    cert: 'nodeControllerCert',
    key: 'nodeControllerKey',
    secret: 'nodeControllerSecret',
  },
} as const satisfies Record<Holder, Record<string, keyof PmemDeploymentSpec>>;

/** One holder's part of it. */
type GivenPair = KeyPair & { readonly ca: string };

/** Names of the Secrets a spec speaks of. */
export function namedSecrets(spec: PmemDeploymentSpec): string[] {
  return holders.flatMap((holder) => spec[fields[holder].secret] || []);
}

/**
 * Reads what a user brings.
 *
 * Possible errors: InvalidArgument, with the field in the message and no text of any key.
 */
export function givenCertificates(input: GivenInput): Result<GivenCertificates> {
  try {
    return ok(read(input));
  } catch (error) {
    if (error instanceof HwError) return fail(error);
    throw error;
  }
}

function read(input: GivenInput): GivenCertificates {
  const pairs = {
    registry: pairOf('registry', input),
    nodeController: pairOf('nodeController', input),
  };
  const { registry, nodeController } = pairs;
  const ca = decoded('caCert', input.spec) || registry.ca || nodeController.ca;
  const all = [registry, nodeController];
  if (ca === '') {
    if (all.some(({ cert }) => cert !== ''))
      throw wrong('missing root CA: spec.caCert must be given with certificates');
    return { kind: 'keys', keys: keysOf(pairs) };
  }
  if (all.some(({ cert, key }) => cert === '' || key === ''))
    throw wrong(
      'certificates and keys must be provided: with spec.caCert both the registry and the nodes need a certificate and its key',
    );
  checkCa(ca);
  return { kind: 'set', set: { ca, registry: plain(registry), nodeController: plain(nodeController) } };
}

function pairOf(holder: Holder, { spec, secrets, namespace }: GivenInput): GivenPair {
  const names = fields[holder];
  const inSpec = { cert: decoded(names.cert, spec), key: decoded(names.key, spec) };
  const name = spec[names.secret];
  if (!name) return { ...inSpec, ca: '' };
  if (inSpec.cert !== '' || inSpec.key !== '')
    throw wrong(
      `spec.${names.secret} is in place of spec.${names.cert} and spec.${names.key}; leave those out`,
    );
  const secret = secrets.find(({ metadata }) => metadata?.name === name);
  if (secret === undefined)
    throw wrong(`spec.${names.secret}: there is no Secret ${namespace}/${name} of type kubernetes.io/tls`);
  return { ...pairIn(secret), ca: textIn(secret, 'ca.crt') };
}

function keysOf(pairs: Readonly<Record<Holder, GivenPair>>): Partial<Record<Holder, string>> {
  const given = holders.filter((holder) => pairs[holder].key !== '');
  for (const holder of given) checkKey(`spec.${fields[holder].key}`, pairs[holder].key);
  return Object.fromEntries(given.map((holder) => [holder, pairs[holder].key]));
}

function checkKey(field: string, key: string): void {
  try {
    createPrivateKey(key);
  } catch {
    // What it fails with might tell of the key.
    throw wrong(`${field} is no private key in PEM that can be read without a password`);
  }
}

function checkCa(ca: string): void {
  const [first] = certificatesOf(ca);
  if (first === undefined) throw wrong('spec.caCert is no certificate in PEM');
  if (!first.ca) throw wrong('spec.caCert is not the certificate of a CA, so it may sign no other');
}

function plain({ cert, key }: GivenPair): KeyPair {
  return { cert, key };
}

function decoded(field: keyof PmemDeploymentSpec, spec: PmemDeploymentSpec): string {
  const value = spec[field];
  return typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : '';
}

function wrong(message: string): HwError {
  return new HwError('InvalidArgument', message);
}
