import { createHash } from 'node:crypto';
import { compareText } from '@rackwright/core';
import { rackwright } from '@rackwright/keys';
import type { KubeObject } from '@rackwright/kube';

const hashKey = rackwright.annotation.appliedHash;

/** The digest an earlier plan left on `object`; undefined if none applied it. */
export function appliedHash(object: KubeObject): string | undefined {
  return object.metadata?.annotations?.[hashKey];
}

/**
 * The object with the digest of itself as an annotation. A field added, removed
 * or changed gives another digest; fields in another order, or undefined ones,
 * do not; items of a list in another order do.
 */
export function withAppliedHash(object: KubeObject): KubeObject {
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
