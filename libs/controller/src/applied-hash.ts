import { createHash } from 'node:crypto';
import { rackwright } from '@rackwright/keys';
import type { KubeObject } from '@rackwright/kube';
import { isRecord } from './list-keys.ts';

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

/** JSON with the fields of every record in one fixed order. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item)).join()}]`;
  if (!isRecord(value)) return JSON.stringify(value) ?? 'null';
  const fields: string[] = [];
  for (const name of Object.keys(value).sort()) {
    if (value[name] !== undefined) fields.push(`${JSON.stringify(name)}:${canonical(value[name])}`);
  }
  return `{${fields.join()}}`;
}
