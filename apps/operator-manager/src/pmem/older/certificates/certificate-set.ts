import { createHash } from 'node:crypto';
import type { KeyPair } from '@rackwright/web';

/** Names that controller and nodes have in their certificates, by which each knows the other. */
export const peerNames = { registry: 'pmem-registry', nodeController: 'pmem-node-controller' } as const;

/** Whose certificate it is. */
export type Holder = keyof typeof peerNames;

export const holders: readonly Holder[] = ['registry', 'nodeController'];

/** The pair of one holder. */
export interface HeldPair extends KeyPair {
  /** What it has next, once everybody has had the time to trust who signed that. */
  readonly next?: KeyPair;
}

/** All certificates of a Deployment: controller and nodes show theirs and trust the same CAs. */
export type CertificateSet = Readonly<Record<Holder, HeldPair>> & {
  /** Who may have signed them, PEM. */
  readonly ca: string;
};

/** Tells sets apart. */
export function digestOf(set: CertificateSet): string {
  const { ca, registry, nodeController } = set;
  const pairs = [registry, nodeController].flatMap(({ cert, key, next }) => [
    cert,
    key,
    next?.cert,
    next?.key,
  ]);
  return createHash('sha256')
    .update(JSON.stringify([ca, ...pairs]))
    .digest('hex');
}
