import { compareText } from '@rackwright/core';
import type { KubeObject } from '@rackwright/kube';
import { isTerminating } from './finalizer.ts';

/**
 * The one object that counts of a kind of which a cluster has one: the oldest,
 * and of equally old ones the first by name. Those being deleted do not count.
 */
export function activeObject<T extends KubeObject>(objects: readonly T[]): T | undefined {
  const [first] = objects.filter((object) => !isTerminating(object)).sort(bySeniority);
  return first;
}

function bySeniority({ metadata: a = {} }: KubeObject, { metadata: b = {} }: KubeObject): number {
  return (
    compareText(a.creationTimestamp ?? '', b.creationTimestamp ?? '') ||
    compareText(a.name ?? '', b.name ?? '')
  );
}
