import { rackwright } from '@rackwright/keys';
import type { KubeObject } from '@rackwright/kube';

/** One installation of the operator, known by the ServiceAccount it runs as. */
export interface Installation {
  readonly namespace: string;
  /** Name of the ServiceAccount. */
  readonly name: string;
  /** The account's uid, which tells it from a later one of the same name; empty when it is not known. */
  readonly uid: string;
}

/** Whether both are the same installation, be it of another time. */
export function isSame(a: Installation, b: Installation): boolean {
  return a.namespace === b.namespace && a.name === b.name;
}

/** `namespace/name`, as people read it. */
export function installationName({ namespace, name }: Installation): string {
  return `${namespace}/${name}`;
}

/**
 * The text of the annotation that says who looks after an object:
 * `namespace/name/uid`. A person who hands an object over may leave the uid out.
 */
export function formatClaim(installation: Installation): string {
  return `${installationName(installation)}/${installation.uid}`;
}

const claimPattern = /^([a-z0-9-]+)\/([a-z0-9.-]+)(?:\/([A-Za-z0-9-]*))?$/;

/** Undefined for what names nobody. */
export function parseClaim(text: string): Installation | undefined {
  const [, namespace, name, uid = ''] = claimPattern.exec(text) ?? [];
  return namespace === undefined || name === undefined ? undefined : { namespace, name, uid };
}

/** The installation that looks after an object; undefined when nobody has said so yet. */
export function claimOf({ metadata }: KubeObject): Installation | undefined {
  return parseClaim(metadata?.annotations?.[rackwright.annotation.operator] ?? '');
}
