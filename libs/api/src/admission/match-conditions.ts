import type { AdmissionSubject } from './admission.ts';

/**
 * Requests that are not held up, as conditions in CEL that the API server
 * evaluates before it asks anybody: of an object that is being deleted, or
 * whose spec stays as it is, finalizers, labels and owners can always be
 * changed. `needsReview` says the same.
 */
export const matchConditions = [
  {
    name: 'not-being-deleted',
    expression: 'object == null || !has(object.metadata.deletionTimestamp)',
  },
  {
    name: 'spec-changes',
    expression:
      "object == null || oldObject == null || ('spec' in object ? dyn(object.spec) : dyn(null)) != ('spec' in oldObject ? dyn(oldObject.spec) : dyn(null))",
  },
] as const;

/** Whether an admission looks at the request at all. */
export function needsReview({ object, before }: Pick<AdmissionSubject, 'object' | 'before'>): boolean {
  if (object === undefined) return true;
  if (object.metadata?.deletionTimestamp !== undefined) return false;
  return before === undefined || !isSame(specOf(object), specOf(before));
}

function specOf(object: object): unknown {
  return 'spec' in object ? object.spec : null;
}

/** Equal as JSON, whatever the order of keys. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [before, after] = [Object.entries(a), Object.entries(b)];
  return (
    before.length === after.length &&
    before.every(
      ([key, value]) => Object.hasOwn(b, key) && isSame(value, (b as Record<string, unknown>)[key]),
    )
  );
}
