import type { KubeObject } from '@rackwright/kube';

/**
 * Kinds that go after their pods. Deleted before them, one that is made anew at
 * once under its name hides its end from a garbage collector whose watch was
 * broken (informers know objects by name: client-go, SharedInformer), and the
 * pods of the old one would stay for good.
 */
const kinds: ReadonlySet<string> = new Set(['DaemonSet', 'Deployment', 'StatefulSet']);

/** What keeps an object until its dependents are gone (apimachinery, FinalizerDeleteDependents). */
const finalizer = 'foregroundDeletion';

/**
 * How long a successor waits for the last pod, in milliseconds. The garbage
 * collector, whose watches are back within 30 s of an API server's return
 * (client-go, reflector backoff), has told every pod to end by then. A pod on a
 * node that is down never ends.
 */
export const foregroundDeletionTimeoutMs = 60_000;

/** Whether an object of this kind is deleted after its pods. */
export function goesAfterItsPods(kind: string | undefined): boolean {
  return kinds.has(kind ?? '');
}

/** Milliseconds until nobody waits for its pods any longer, 0 if that is now; undefined if it does not end with its pods. */
export function foregroundDeletionLeftMs({ kind, metadata }: KubeObject, now: number): number | undefined {
  const { deletionTimestamp, finalizers = [] } = metadata ?? {};
  if (deletionTimestamp === undefined || !goesAfterItsPods(kind) || !finalizers.includes(finalizer))
    return undefined;
  return Math.max(0, Date.parse(deletionTimestamp) + foregroundDeletionTimeoutMs - now);
}
