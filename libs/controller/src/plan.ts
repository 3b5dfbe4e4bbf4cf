import { compareText, HwError } from '@rackwright/core';
import { type KubeObject, keyOf } from '@rackwright/kube';
import { appliedHash, withAppliedHash } from './applied-hash.ts';
import { driftOf } from './drift.ts';
import { foregroundDeletionLeftMs } from './ending.ts';
import { kindRank } from './kind-order.ts';
import { groupOf } from './owner.ts';
import { isMarked, isOurs, type OwnerLabels, whoseItIs } from './ownership.ts';
import { replacementOf } from './replacement.ts';

/** One write that brings the cluster closer to what is wanted, or why there is none. */
export interface Action {
  /** `refuse` writes nothing: what is wanted cannot be, and an error says why. */
  readonly verb: 'create' | 'update' | 'delete' | 'refuse';
  /** What to apply; for `delete` the live object. */
  readonly object: KubeObject;
  /** Why, in words; for `update` the fields that differ. */
  readonly why: readonly string[];
  /** Made by another program, whose fields are taken over first. */
  readonly adopt?: true;
  /** With `update`: a field that cannot be changed differs, so the object is deleted and created anew. */
  readonly recreate?: true;
  /** With `recreate`: its pods run on and belong to the new one. */
  readonly keepPods?: true;
  /** With `delete`: it is ending already, and its last pods are not waited for any longer. */
  readonly background?: true;
  /** With `refuse`: it is not ours. */
  readonly foreign?: true;
  /** With `update` and `delete`: the very object that was seen. */
  readonly uid?: string;
  /** With `create` and `update`: what marks an object that turns out to stand there as ours. */
  readonly ownerLabels?: OwnerLabels;
}

/** What `planApply` decides from. */
export interface PlanInput {
  /** Whole objects, each with apiVersion, kind and name. */
  readonly desired: readonly KubeObject[];
  /** What exists: the objects a controller looks after, from its caches. */
  readonly live: readonly KubeObject[];
  /**
   * Labels that mark an object as ours, whoever made it. Without them only
   * objects that an earlier plan applied (known by their annotation) are.
   */
  readonly ownerLabels?: OwnerLabels;
  /** Wanted objects that may be taken over although they are not ours: apiVersion, kind and name. */
  readonly adopt?: readonly KubeObject[];
  /**
   * Milliseconds since the epoch. With it a wanted workload that has been ending
   * for `foregroundDeletionTimeoutMs` is deleted without them, so that one node that is down does not
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
 * deleted already are left to go, and created when they are gone if wanted. One
 * that is not ours and stands in the way is left as it is, unless it is to be
 * adopted.
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
    .filter((object) => !isTerminating(object) && isMarked(object, ownerLabels))
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

function howOf({ verb, adopt, recreate, background }: Action): string {
  if (recreate === true) return 'recreate';
  if (background === true) return 'delete without its pods';
  return adopt === true && verb === 'update' ? 'adopt' : verb;
}

function planOne(wanted: KubeObject, found: KubeObject | undefined, input: PlanInput): Action | undefined {
  const { ownerLabels, now } = input;
  const object = withAppliedHash(wanted);
  const marks = ownerLabels === undefined ? {} : { ownerLabels };
  const adopted = input.adopt?.some((named) => identity(named) === identity(wanted)) === true;
  if (found === undefined)
    return { verb: 'create', object, why: ['missing'], ...(adopted ? { adopt: true } : {}), ...marks };
  const ours = isOurs(found, ownerLabels);
  if (isTerminating(found)) return isMarked(found, ownerLabels) ? backgroundDeletion(found, now) : undefined;
  if (!ours && !adopted)
    return { verb: 'refuse', object, why: [`not ours: ${whoseItIs(found)}`], foreign: true, ...uidOf(found) };
  const why = driftOf(object, found);
  if (why.length === 0) return undefined;
  const update: Action = {
    ...{ verb: 'update', object, why, ...uidOf(found), ...marks },
    ...(appliedHash(found) === undefined ? { adopt: true } : {}),
  };
  return replaced(update, wanted, found, ours);
}

/** The same, or what is done in place of an update that the server would not accept. */
function replaced(update: Action, wanted: KubeObject, found: KubeObject, ours: boolean): Action {
  const needed = replacementOf(wanted, found);
  if (needed === undefined) return update;
  const { object, uid = '' } = update;
  if (needed.replacement === 'refuse' || !ours)
    return { verb: 'refuse', object, why: needed.why.map((field) => `cannot be changed: ${field}`), uid };
  return { ...update, recreate: true, ...(needed.replacement === 'recreate' ? {} : { keepPods: true }) };
}

function backgroundDeletion(found: KubeObject, now: number | undefined): Action | undefined {
  if (now === undefined || foregroundDeletionLeftMs(found, now) !== 0) return undefined;
  return {
    verb: 'delete',
    object: found,
    why: ['its last pods do not end'],
    background: true,
    ...uidOf(found),
  };
}

/**
 * Milliseconds until `planApply` deletes something without its pods; undefined if there
 * is nothing wanted that is ending.
 */
export function nextForegroundTimeoutMs(
  { desired, live, ownerLabels }: PlanInput,
  now: number,
): number | undefined {
  const wanted = new Set(desired.map(identity));
  const waits = live
    .filter((object) => wanted.has(identity(object)) && isMarked(object, ownerLabels))
    .flatMap((object) => foregroundDeletionLeftMs(object, now) ?? []);
  return waits.length === 0 ? undefined : Math.min(...waits);
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
    if (isMarked(object, ownerLabels)) continue;
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
