import type { KubeObject } from '@rackwright/kube';

/** How many different strings an `Interner` shares. */
const maxShared = 4096;

/** Strings of up to ten characters V8's JSON parser shares by itself; long ones are seldom equal. */
const [shortest, longest] = [11, 128];

/** Makes equal strings one string in memory. Bounded: when full it starts anew. */
export class Interner {
  #shared = new Map<string, string>();

  share(text: string): string {
    if (text.length < shortest || text.length > longest) return text;
    const known = this.#shared.get(text);
    if (known !== undefined) return known;
    if (this.#shared.size >= maxShared) this.#shared = new Map();
    this.#shared.set(text, text);
    return text;
  }
}

/**
 * Drops what no controller reads and every object is full of: managed fields.
 * The rest is copied, because an object that had a field deleted takes V8 several
 * times the memory.
 */
export function withoutManagedFields<T extends KubeObject>(object: T): T {
  if (object.metadata?.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/**
 * Shares the strings that thousands of objects have in common, in place. Names
 * and the like are left alone, and so is what is frozen.
 */
export function shareStrings(object: KubeObject, interner: Interner): void {
  if (Object.isFrozen(object)) return;
  for (const [field, value] of Object.entries(object)) {
    if (field !== 'metadata') shareIn(object as Record<string, unknown>, field, value, interner);
  }
  const metadata = object.metadata as Record<string, unknown> | undefined;
  if (metadata === undefined || Object.isFrozen(metadata)) return;
  for (const field of ['namespace', 'creationTimestamp', 'labels', 'annotations', 'ownerReferences']) {
    if (metadata[field] !== undefined) shareIn(metadata, field, metadata[field], interner);
  }
}

function shareIn(holder: Record<string, unknown>, field: string, value: unknown, interner: Interner): void {
  if (typeof value === 'string') holder[field] = interner.share(value);
  else if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    for (const [name, part] of Object.entries(value)) {
      shareIn(value as Record<string, unknown>, name, part, interner);
    }
  }
}
