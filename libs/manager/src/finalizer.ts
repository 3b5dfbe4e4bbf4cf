import { HwError } from '@rackwright/core';
import {
  apiVersionOf,
  ignoreNotFound,
  type KubeClient,
  type KubeObject,
  keyOf,
  type ObjectKey,
  type ResourceType,
} from '@rackwright/kube';

/** What keeps an object until its controller has cleaned up. */
export interface Finalizer {
  /** The kind it is on. */
  readonly type: ResourceType;
  readonly name: string;
  /** Who owns the entry. */
  readonly fieldManager: string;
}

/** Whether an object is being deleted. */
export function isTerminating({ metadata }: KubeObject): boolean {
  return metadata?.deletionTimestamp !== undefined;
}

/**
 * Puts the finalizer on `object`, beside those of others.
 *
 * @throws HwError FailedPrecondition when it was accepted and is not there: what is rolled out would be left behind
 */
export async function addFinalizer(
  client: Pick<KubeClient, 'apply'>,
  object: KubeObject,
  { type, name, fieldManager }: Finalizer,
  signal: AbortSignal,
): Promise<void> {
  const { uid = '' } = object.metadata ?? {};
  const wish = {
    ...{ apiVersion: apiVersionOf(type), kind: type.kind },
    metadata: { ...keyFields(object), uid, finalizers: [name] },
  };
  const { metadata } = await client.apply(type, wish, { fieldManager, signal });
  if (metadata?.finalizers?.includes(name)) return;
  throw new HwError(
    'FailedPrecondition',
    `the finalizer ${name} of ${type.kind} ${keyOf(object)} does not last`,
    { remedy: `an admission policy or webhook takes it away: exempt ${type.kind}s from it` },
  );
}

/**
 * Takes it from `object`; an object that is gone needs nothing. A patch of the
 * whole list, since it may belong to the field manager of an older operator.
 *
 * Possible errors: KubeError Conflict when somebody else wrote first.
 */
export async function dropFinalizer(
  client: Pick<KubeClient, 'patch'>,
  object: KubeObject,
  { type, name }: Pick<Finalizer, 'type' | 'name'>,
  signal: AbortSignal,
): Promise<void> {
  const { resourceVersion, finalizers = [] } = object.metadata ?? {};
  const rest = finalizers.filter((one) => one !== name);
  const patch = { metadata: { resourceVersion, finalizers: rest } };
  await ignoreNotFound(client.patch(type, keyFields(object), patch, { strategy: 'merge', signal }));
}

function keyFields({ metadata: { name = '', namespace } = {} }: KubeObject): ObjectKey {
  return namespace === undefined ? { name } : { namespace, name };
}
