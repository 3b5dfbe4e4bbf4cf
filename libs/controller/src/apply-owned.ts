import { errorMessage, HwError } from '@rackwright/core';
import {
  isConflict,
  isKubeError,
  type KubeClient,
  type KubeObject,
  keyOf,
  type ObjectKey,
  type ResourceType,
} from '@rackwright/kube';
import { adoptFields } from './adopt.ts';
import { isOurs, NotOwned } from './ownership.ts';
import type { Action } from './plan.ts';

/** The calls an apply needs. */
type Writer = Pick<KubeClient, 'apply' | 'patch'>;

interface Target {
  readonly type: ResourceType;
  readonly fieldManager: string;
  readonly signal: AbortSignal;
}

/**
 * No object has this version, so an apply that names it makes the object, and is
 * refused with a conflict where one is there (apiserver, Store.Update).
 */
const neverAVersion = '1';

/**
 * Applies what an action wants, onto nothing or onto the very object that was
 * planned for. Where another stands by now, as a cache may be behind or does not
 * see what is not ours, it is applied to if it is ours or to be adopted.
 *
 * @throws NotOwned when it is neither, and nothing was written to it
 */
export async function applyOwned(client: Writer, action: Action, target: Target): Promise<KubeObject> {
  const { object, uid } = action;
  if (action.verb === 'update' && action.recreate !== true) {
    await adoptBefore(client, action, target);
    const updated = await unlessConflict(applyWith(client, object, { uid }, target));
    if (updated !== undefined) return updated;
  }
  const created = applyWith(client, object, { resourceVersion: neverAVersion }, target);
  return (await unlessConflict(created)) ?? (await applyOnto(client, action, target));
}

async function unlessConflict(applying: Promise<KubeObject>): Promise<KubeObject | undefined> {
  try {
    return await applying;
  } catch (error) {
    if (isConflict(error) || isOfAnother(error)) return undefined;
    throw error;
  }
}

/** How the API server refuses the uid of an object that was replaced by a namesake. */
function isOfAnother(error: unknown): boolean {
  return isKubeError(error, 422) && error.field === 'metadata.uid';
}

/** The object that stands there after all. */
async function applyOnto(client: Writer, action: Action, target: Target): Promise<KubeObject> {
  const { type } = target;
  const { object, adopt, verb, ownerLabels } = action;
  const found = await read(client, action, target);
  const { uid } = found.metadata ?? {};
  const askedFor = adopt === true && verb === 'create';
  if (!isOurs(found, ownerLabels) && !askedFor) throw new NotOwned({ ...found, kind: type.kind });
  if (found.metadata?.deletionTimestamp !== undefined)
    throw new HwError('Unavailable', `${type.kind} ${keyOf(object)} is still being deleted`);
  if (askedFor) await adoptBefore(client, action, target);
  return await applyWith(client, object, { uid }, target);
}

/** A patch of nothing reads an object, and needs no right to get. A policy may refuse it for what is not ours. */
async function read(client: Writer, { object }: Action, { type, signal }: Target): Promise<KubeObject> {
  try {
    return await client.patch(type, ownKey(object), {}, { strategy: 'merge', signal });
  } catch (error) {
    if (isKubeError(error, 403, 422))
      throw new NotOwned(object, `not ours to write to: ${errorMessage(error)}`);
    throw error;
  }
}

async function adoptBefore(client: Writer, { object, adopt }: Action, target: Target): Promise<void> {
  const { type, fieldManager, signal } = target;
  if (adopt === true) await adoptFields(client, type, ownKey(object), fieldManager, signal);
}

function applyWith(
  client: Writer,
  object: KubeObject,
  identity: { readonly uid?: string | undefined; readonly resourceVersion?: string },
  { type, fieldManager, signal }: Target,
): Promise<KubeObject> {
  const metadata = { ...object.metadata, ...identity };
  return client.apply(type, { ...object, metadata } as KubeObject, { fieldManager, signal });
}

export function ownKey(object: KubeObject): ObjectKey {
  const { namespace, name = '' } = object.metadata ?? {};
  return namespace === undefined ? { name } : { namespace, name };
}
