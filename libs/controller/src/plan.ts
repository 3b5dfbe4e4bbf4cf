import { createHash } from 'node:crypto';
import { compareText } from '@rackwright/core';
import { rackwright } from '@rackwright/keys';
import { type KubeObject, keyOf } from '@rackwright/kube';
import { differences } from './differences.ts';
import { kindRank } from './kind-order.ts';
import { groupOf } from './owner.ts';

/** One write that brings the cluster closer to what is wanted. */
export interface Action {
  readonly verb: 'create' | 'update' | 'delete';
  /** What to apply; for `delete` the live object. */
  readonly object: KubeObject;
  /** Why, in words; for `update` the fields that differ. */
  readonly why: readonly string[];
}

/** What `planApply` decides from. */
export interface PlanInput {
  /** Whole objects, each with apiVersion, kind and name. */
  readonly desired: readonly KubeObject[];
  /** What exists: the objects a controller looks after, from its caches. */
  readonly live: readonly KubeObject[];
  /**
   * Labels that mark an object as ours to delete. Without them only objects that
   * an earlier plan applied (known by their annotation) are deleted.
   */
  readonly ownerLabels?: Readonly<Record<string, string>>;
}

const hashKey = rackwright.annotation.appliedHash;

/**
 * The writes that turn `live` into `desired`, and no others: nothing when all is
 * as it should be. An object is updated when what we want changed since it was
 * last applied (its hash annotation says so: that also finds fields we no longer
 * want) or when a field we set has another value. Fields others set are left
 * alone. Live objects that are ours and not wanted are deleted; those being
 * deleted already are left to go.
 *
 * The order is fixed: accounts, roles, bindings, configuration, services,
 * workloads; deletes come last, in the reverse order.
 */
export function planApply({ desired, live, ownerLabels }: PlanInput): Action[] {
  const existing = new Map(live.map((object) => [identity(object), object]));
  const writes: Action[] = [];
  for (const wanted of [...desired].sort(compareObjects)) {
    const found = existing.get(identity(wanted));
    existing.delete(identity(wanted));
    const action = planOne(wanted, found);
    if (action !== undefined) writes.push(action);
  }
  const deletes = [...existing.values()]
    .filter((object) => object.metadata?.deletionTimestamp === undefined && isOurs(object, ownerLabels))
    .sort((a, b) => compareObjects(b, a))
    .map((object): Action => ({ verb: 'delete', object, why: ['not wanted any more'] }));
  return [...writes, ...deletes];
}

function planOne(wanted: KubeObject, found: KubeObject | undefined): Action | undefined {
  const object = withHash(wanted);
  if (found === undefined) return { verb: 'create', object, why: ['missing'] };
  if (found.metadata?.deletionTimestamp !== undefined) return undefined;
  const why = differences(comparable(object), found, { zeroIsAbsent: isBuiltIn(wanted) });
  return why.length === 0 ? undefined : { verb: 'update', object, why };
}

function isOurs(object: KubeObject, ownerLabels: PlanInput['ownerLabels']): boolean {
  if (ownerLabels === undefined) return object.metadata?.annotations?.[hashKey] !== undefined;
  const labels = object.metadata?.labels ?? {};
  return Object.entries(ownerLabels).every(([name, value]) => labels[name] === value);
}

/** What of a desired object can be compared: its identity is equal already, its status is not ours. */
function comparable(object: KubeObject): Record<string, unknown> {
  const {
    apiVersion: _a,
    kind,
    metadata,
    status: _s,
    ...rest
  } = object as KubeObject & Record<string, unknown>;
  const { labels, annotations, finalizers, ownerReferences } = metadata ?? {};
  const body = kind === 'Secret' ? secretAsStored(rest) : rest;
  return { metadata: { labels, annotations, finalizers, ownerReferences }, ...body };
}

/** The server keeps `stringData` as base64 in `data`. */
function secretAsStored({ stringData, ...rest }: Record<string, unknown>): Record<string, unknown> {
  if (stringData === undefined) return rest;
  const encoded = Object.entries(stringData as Record<string, string>).map(([name, text]) => [
    name,
    Buffer.from(text).toString('base64'),
  ]);
  return { ...rest, data: { ...(rest.data as object | undefined), ...Object.fromEntries(encoded) } };
}

/** The object with the digest of itself; fields in another order give the same digest. */
function withHash(object: KubeObject): KubeObject {
  const { [hashKey]: _, ...annotations } = object.metadata?.annotations ?? {};
  const plain = { ...object, metadata: { ...object.metadata, annotations } };
  const hash = createHash('sha256').update(canonical(plain)).digest('hex').slice(0, 32);
  return { ...plain, metadata: { ...plain.metadata, annotations: { ...annotations, [hashKey]: hash } } };
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => compareText(a, b)))
      : part,
  );
}

/** Kubernetes' own groups have no dot or end in k8s.io. */
function isBuiltIn(object: KubeObject): boolean {
  const group = groupOf(object.apiVersion ?? '');
  return !group.includes('.') || group.endsWith('.k8s.io');
}

function identity(object: KubeObject): string {
  return `${groupOf(object.apiVersion ?? '')}/${object.kind ?? ''} ${keyOf(object)}`;
}

function compareObjects(a: KubeObject, b: KubeObject): number {
  return kindRank(a.kind) - kindRank(b.kind) || compareText(identity(a), identity(b));
}

/** The plan as text for logs and tests, one line per action, with its reasons. */
export function formatPlan(actions: readonly Action[]): string {
  return actions
    .map(({ verb, object, why }) => `${verb} ${object.kind ?? ''} ${keyOf(object)} (${why.join('; ')})`)
    .join('\n');
}
