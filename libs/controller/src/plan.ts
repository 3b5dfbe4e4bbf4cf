import { compareText, HwError } from '@rackwright/core';
import { type KubeObject, keyOf } from '@rackwright/kube';
import { appliedHash, withAppliedHash } from './applied-hash.ts';
import { driftOf, mustBeRecreated } from './drift.ts';
import { patienceLeftMs } from './ending.ts';
import { kindRank } from './kind-order.ts';
import { groupOf } from './owner.ts';

/** One write that brings the cluster closer to what is wanted. */
export interface Action {
  readonly verb: 'create' | 'update' | 'delete';
  /** What to apply; for `delete` the live object. */
  readonly object: KubeObject;
  /** Why, in words; for `update` the fields that differ. */
  readonly why: readonly string[];
  /** With `update`: made by a program that did not use server-side apply, whose fields are taken over first. */
  readonly adopt?: true;
  /** With `update`: a field that cannot be changed differs, so the object is deleted and created anew. */
  readonly recreate?: true;
  /** With `delete`: it is ending already, and its last pods are not waited for any longer. */
  readonly letGo?: true;
  /** With `update` and `delete`: the very object that was seen. */
  readonly uid?: string;
}

/** What `planApply` decides from. */
export interface PlanInput {
  /** Whole objects, each with apiVersion, kind and name. */
  readonly desired: readonly KubeObject[];
  /** What exists: the objects a controller looks after, from its caches. */
  readonly live: readonly KubeObject[];
  /**
   * Labels that mark an object as ours, whoever made it. Without them only
   * objects that an earlier plan applied (known by their annotation) are deleted
   * or recreated, and none is adopted.
   */
  readonly ownerLabels?: Readonly<Record<string, string>>;
  /**
   * Milliseconds since the epoch. With it a wanted workload that has been ending
   * for `endingPatienceMs` is let go of, so that one node that is down does not
   * keep it from all others.
   */
  readonly now?: number;
}

/**
 * The writes that turn `live` into `desired`, and no others: nothing when all is
 * as it should be. An object is updated when what we want changed since it was
 * last applied (its hash annotation says so: that also finds fields we no longer
 * want) or when a field we set has another value. Fields others set are left
 * alone. Live objects that are ours and not wanted are deleted; those being
 * deleted already are left to go, and created when they are gone if wanted.
 *
 * The order is fixed: accounts, roles, bindings, configuration, services,
 * workloads; deletes come last, in the reverse order.
 *
 * @throws HwError InvalidArgument when two desired objects are the same one, or
 *   one lacks an owner label: nobody would ever delete it
 */
export function planApply(input: PlanInput): Action[] {
  const { desired, live, ownerLabels } = input;
  refuseTwins(desired);
  refuseUnlabelled(desired, ownerLabels);
  const existing = new Map(live.map((object) => [identity(object), object]));
  const writes: Action[] = [];
  for (const wanted of [...desired].sort(compareObjects)) {
    const found = existing.get(identity(wanted));
    existing.delete(identity(wanted));
    const action = planOne(wanted, found, input);
    if (action !== undefined) writes.push(action);
  }
  const deletes = [...existing.values()]
    .filter((object) => !isTerminating(object) && isOurs(object, ownerLabels))
    .sort((a, b) => compareObjects(b, a))
    .map((object): Action => ({ verb: 'delete', object, why: ['not wanted any more'], ...uidOf(object) }));
  return [...writes, ...deletes];
}

/** The plan as text for logs and tests, one line per action, with its reasons. */
export function formatPlan(actions: readonly Action[]): string {
  return actions
    .map((action) => {
      const { object, why } = action;
      const how = howOf(action);
      return `${how} ${object.kind ?? ''} ${keyOf(object)} (${why.join('; ')})`;
    })
    .join('\n');
}

function howOf({ verb, adopt, recreate, letGo }: Action): string {
  if (recreate === true) return 'recreate';
  if (letGo === true) return 'let go of';
  return adopt === true ? 'adopt' : verb;
}

function planOne(
  wanted: KubeObject,
  found: KubeObject | undefined,
  { ownerLabels, now }: PlanInput,
): Action | undefined {
  const object = withAppliedHash(wanted);
  if (found === undefined) return { verb: 'create', object, why: ['missing'] };
  const ours = isOurs(found, ownerLabels);
  if (isTerminating(found)) return ours ? letGo(found, now) : undefined;
  const why = driftOf(object, found);
  if (why.length === 0) return undefined;
  return {
    ...{ verb: 'update', object, why, ...uidOf(found) },
    ...(ours && appliedHash(found) === undefined ? { adopt: true } : {}),
    ...(ours && mustBeRecreated(wanted, found) ? { recreate: true } : {}),
  };
}

function letGo(found: KubeObject, now: number | undefined): Action | undefined {
  if (now === undefined || patienceLeftMs(found, now) !== 0) return undefined;
  return { verb: 'delete', object: found, why: ['its last pods do not end'], letGo: true, ...uidOf(found) };
}

/**
 * Milliseconds until `planApply` has something to let go of; undefined if there
 * is nothing wanted that is ending.
 */
export function nextLetGoMs({ desired, live, ownerLabels }: PlanInput, now: number): number | undefined {
  const wanted = new Set(desired.map(identity));
  const waits = live
    .filter((object) => wanted.has(identity(object)) && isOurs(object, ownerLabels))
    .flatMap((object) => patienceLeftMs(object, now) ?? []);
  return waits.length === 0 ? undefined : Math.min(...waits);
}

function isOurs(object: KubeObject, ownerLabels: PlanInput['ownerLabels']): boolean {
  if (ownerLabels === undefined) return appliedHash(object) !== undefined;
  const labels = object.metadata?.labels ?? {};
  return Object.entries(ownerLabels).every(([name, value]) => labels[name] === value);
}

function isTerminating(object: KubeObject): boolean {
  return object.metadata?.deletionTimestamp !== undefined;
}

function uidOf(object: KubeObject): { uid?: string } {
  const uid = object.metadata?.uid;
  return uid === undefined ? {} : { uid };
}

function refuseTwins(desired: readonly KubeObject[]): void {
  const seen = new Set<string>();
  for (const object of desired) {
    const id = identity(object);
    if (seen.has(id))
      throw new HwError('InvalidArgument', `${object.kind ?? ''} ${keyOf(object)} is wanted twice`);
    seen.add(id);
  }
}

function refuseUnlabelled(desired: readonly KubeObject[], ownerLabels: PlanInput['ownerLabels']): void {
  if (ownerLabels === undefined) return;
  for (const object of desired) {
    if (isOurs(object, ownerLabels)) continue;
    const what = `${object.kind ?? ''} ${keyOf(object)}`;
    throw new HwError('InvalidArgument', `${what} lacks an owner label`, { field: 'metadata.labels' });
  }
}

/** Tells an object from all others: group, kind and name. */
export function identity(object: KubeObject): string {
  return `${groupOf(object.apiVersion ?? '')}/${object.kind ?? ''} ${keyOf(object)}`;
}

function compareObjects(a: KubeObject, b: KubeObject): number {
  return kindRank(a.kind) - kindRank(b.kind) || compareText(identity(a), identity(b));
}
