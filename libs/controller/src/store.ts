import { HwError } from '@rackwright/core';
import { type KubeObject, keyOf } from '@rackwright/kube';

/** Functions from an object to the values it is found under, by index name. */
export interface Indexers<T> {
  readonly [name: string]: (object: T) => readonly string[];
}

/** Objects by key, with indexes. */
export class ObjectStore<T extends KubeObject> {
  readonly #objects = new Map<string, T>();
  readonly #indexers: Indexers<KubeObject>;
  readonly #indexes = new Map<string, Map<string, Set<string>>>();

  readonly #onError: (error: unknown, object: KubeObject) => void;

  /** @param onError told when an indexer throws: the object is then in the store, but not in that index */
  constructor(
    indexers: Indexers<T> = {},
    onError: (error: unknown, object: KubeObject) => void = () => undefined,
  ) {
    this.#indexers = indexers as Indexers<KubeObject>;
    this.#onError = onError;
    for (const name of Object.keys(indexers)) this.#indexes.set(name, new Map());
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  list(): readonly T[] {
    return [...this.#objects.values()];
  }

  keys(): readonly string[] {
    return [...this.#objects.keys()];
  }

  /** @throws HwError InvalidArgument when there is no such index */
  byIndex(name: string, value: string): readonly T[] {
    const index = this.#indexes.get(name);
    if (index === undefined)
      throw new HwError('InvalidArgument', `there is no index ${JSON.stringify(name)}`);
    const found: T[] = [];
    for (const key of index.get(value) ?? []) {
      const object = this.#objects.get(key);
      if (object !== undefined) found.push(object);
    }
    return found;
  }

  /** Stores `object` and returns the one it replaces. */
  set(object: T): T | undefined {
    const key = keyOf(object);
    const previous = this.#objects.get(key);
    if (previous !== undefined) this.#unindex(key, previous);
    this.#objects.set(key, object);
    this.#index(key, object);
    return previous;
  }

  /** Removes and returns what is stored under `key`. */
  delete(key: string): T | undefined {
    const previous = this.#objects.get(key);
    if (previous === undefined) return undefined;
    this.#unindex(key, previous);
    this.#objects.delete(key);
    return previous;
  }

  #index(key: string, object: T): void {
    for (const [name, index] of this.#indexes) {
      for (const value of this.#valuesOf(name, object)) {
        const keys = index.get(value);
        if (keys === undefined) index.set(value, new Set([key]));
        else keys.add(key);
      }
    }
  }

  #unindex(key: string, object: T): void {
    for (const [name, index] of this.#indexes) {
      for (const value of this.#valuesOf(name, object)) {
        const keys = index.get(value);
        keys?.delete(key);
        if (keys?.size === 0) index.delete(value);
      }
    }
  }

  #valuesOf(name: string, object: T): readonly string[] {
    try {
      return this.#indexers[name]?.(object) ?? [];
    } catch (error) {
      this.#onError(error, object);
      return [];
    }
  }
}
