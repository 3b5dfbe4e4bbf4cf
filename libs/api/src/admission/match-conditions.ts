import { isSameJson } from '../schema/same-json.ts';
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
  return before === undefined || !isSameJson(specOf(object), specOf(before));
}

function specOf(object: object): unknown {
  return 'spec' in object ? object.spec : null;
}
