import { HwError } from '@rackwright/core';
import { kubernetes } from '@rackwright/keys';
import { type KubeObject, keyOf } from '@rackwright/kube';
import { appliedHash } from './applied-hash.ts';

/** Labels that mark an object as one controller's. */
export type OwnerLabels = Readonly<Record<string, string>>;

/**
 * An object that was not made by us, or for us, stands where one of ours is
 * wanted. Nothing was written to it.
 */
export class NotOwned extends HwError {
  override readonly name = 'NotOwned';
  /** What stands there, as far as it could be read. */
  readonly found: KubeObject;

  constructor(object: KubeObject, why = `not ours: ${whoseItIs(object)}`) {
    super('FailedPrecondition', `${object.kind ?? ''} ${keyOf(object)} is ${why}`, {
      remedy: 'rename or delete it, or have it adopted by name',
    });
    this.found = object;
  }
}

/** Marked as ours, whoever made it. Without labels only what an earlier plan applied is. */
export function isMarked(object: KubeObject, ownerLabels: OwnerLabels | undefined): boolean {
  if (ownerLabels === undefined) return appliedHash(object) !== undefined;
  const labels = object.metadata?.labels ?? {};
  return Object.entries(ownerLabels).every(([name, value]) => labels[name] === value);
}

/**
 * Ours to change: marked, or applied by an earlier plan and since robbed of its
 * marks. One that has the marks of somebody else is theirs.
 */
export function isOurs(object: KubeObject, ownerLabels: OwnerLabels | undefined): boolean {
  if (isMarked(object, ownerLabels)) return true;
  const labels = object.metadata?.labels ?? {};
  return (
    appliedHash(object) !== undefined &&
    Object.keys(ownerLabels ?? {}).every((name) => labels[name] === undefined)
  );
}

/** What the object says of who looks after it. */
export function whoseItIs({ metadata }: KubeObject): string {
  const owner = metadata?.ownerReferences?.find(({ controller }) => controller === true);
  if (owner !== undefined) return `${owner.kind} ${owner.name} controls it`;
  const manager = metadata?.labels?.[kubernetes.label.managedBy];
  return manager === undefined ? 'it carries no mark of ours' : `it is managed by ${manager}`;
}
