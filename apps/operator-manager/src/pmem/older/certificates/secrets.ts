import type { Secret } from '@rackwright/kube';
import type { KeyPair } from '@rackwright/web';
import { commonLabels, type Owner, ownedMeta } from '../../manifests/identity.ts';
import { namesOf } from '../manifests/identity.ts';
import type { CertificateSet, HeldPair } from './certificate-set.ts';

/** Type of Secrets with certificates, and how a cache selects them. */
export const certificateSecretType = 'kubernetes.io/tls';

const cert = 'tls.crt';
const key = 'tls.key';
const next = { cert: 'next.crt', key: 'next.key' } as const;

/** The Secrets from which pods have their certificates. That of the CA has no key: nobody signs with it again. */
export function certificateSecrets(owner: Owner, set: CertificateSet): Secret[] {
  const names = namesOf(owner);
  return [
    secret(owner, names.ca, { [cert]: set.ca, [key]: '' }),
    secret(owner, names.registry, dataOf(set.registry)),
    secret(owner, names.nodeController, dataOf(set.nodeController)),
  ];
}

/** What these Secrets hold; empty texts where something lacks. */
export function storedSet(owner: Pick<Owner, 'deployment'>, secrets: readonly Secret[]): CertificateSet {
  const names = namesOf(owner);
  const named = (name: string) => secrets.find(({ metadata }) => metadata?.name === name);
  return {
    ca: textIn(named(names.ca), cert),
    registry: heldIn(named(names.registry)),
    nodeController: heldIn(named(names.nodeController)),
  };
}

/** The text of one entry of a Secret; empty when it has none. */
export function textIn(secret: Secret | undefined, name: string): string {
  return Buffer.from(secret?.data?.[name] ?? '', 'base64').toString('utf8');
}

/** The pair in a Secret of that type. */
export function pairIn(secret: Secret | undefined): KeyPair {
  return { cert: textIn(secret, cert), key: textIn(secret, key) };
}

function heldIn(secret: Secret | undefined): HeldPair {
  const waiting = { cert: textIn(secret, next.cert), key: textIn(secret, next.key) };
  return { ...pairIn(secret), ...(waiting.cert === '' ? {} : { next: waiting }) };
}

function dataOf({ next: waiting, ...pair }: HeldPair): Record<string, string> {
  return {
    [cert]: pair.cert,
    [key]: pair.key,
    ...(waiting === undefined ? {} : { [next.cert]: waiting.cert, [next.key]: waiting.key }),
  };
}

function secret(owner: Owner, name: string, texts: Readonly<Record<string, string>>): Secret {
  const data = Object.entries(texts).map(([entry, text]) => [entry, Buffer.from(text).toString('base64')]);
  return {
    ...{ apiVersion: 'v1', kind: 'Secret' },
    metadata: { ...ownedMeta(owner, name, commonLabels(owner)), namespace: owner.namespace },
    type: certificateSecretType,
    data: Object.fromEntries(data),
  };
}
