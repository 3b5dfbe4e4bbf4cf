import type { KubeObject, ObjectMeta } from '@rackwright/kube';

/** How many different strings an `Interner` shares. */
const maxShared = 4096;

/** Makes equal strings one string in memory. Bounded: when full it starts anew. */
export class Interner {
  #shared = new Map<string, string>();

  share(text: string): string {
    const known = this.#shared.get(text);
    if (known !== undefined) return known;
    if (this.#shared.size >= maxShared) this.#shared = new Map();
    this.#shared.set(text, text);
    return text;
  }
}

/**
 * Drops what no controller reads and every object is full of (managed fields),
 * and shares the strings that thousands of objects have in common.
 */
export function trimMetadata<T extends KubeObject>(object: T, interner: Interner): T {
  const { metadata } = object;
  if (metadata === undefined) return object;
  delete metadata.managedFields;
  if (object.apiVersion !== undefined) object.apiVersion = interner.share(object.apiVersion);
  if (object.kind !== undefined) object.kind = interner.share(object.kind);
  shareMetadata(metadata, interner);
  return object;
}

function shareMetadata(metadata: ObjectMeta, interner: Interner): void {
  if (metadata.namespace !== undefined) metadata.namespace = interner.share(metadata.namespace);
  const { labels } = metadata;
  if (labels !== undefined) {
    for (const [name, value] of Object.entries(labels)) labels[name] = interner.share(value);
  }
  for (const owner of metadata.ownerReferences ?? []) {
    owner.apiVersion = interner.share(owner.apiVersion);
    owner.kind = interner.share(owner.kind);
    owner.name = interner.share(owner.name);
    owner.uid = interner.share(owner.uid);
  }
}
