import { type Indexers, type Informer, type InformerEvent, ObjectStore } from '@rackwright/controller';
import { errorMessage, Latest, type Logger } from '@rackwright/core';
import { type KubeObject, keyOf } from '@rackwright/kube';

/** What a view shows of a watch. */
export interface ViewOptions<T extends KubeObject> {
  /** Only these. */
  matches(this: void, object: KubeObject): boolean;
  readonly indexes?: Indexers<T>;
  readonly logger: Logger;
}

/**
 * What one controller sees of a watch that it may share with others: the objects
 * it selected, by its own indexes. One whose labels do not match any more is
 * deleted for it, as for a watch of its own.
 *
 * Objects handed out are the cache's own: do not change them.
 */
export class InformerView<T extends KubeObject> {
  /** True once the first list, of each namespace that is watched, is in the cache. */
  readonly synced = new Latest(false);
  readonly #options: ViewOptions<T>;
  readonly #store: ObjectStore<T>;
  readonly #subscribers = new Set<(event: InformerEvent<T>) => void>();
  readonly #followed: Informer<KubeObject>[] = [];

  constructor(options: ViewOptions<T>) {
    this.#options = options;
    this.#store = new ObjectStore<T>(options.indexes, (error, object) =>
      this.#failed('index', error, object),
    );
  }

  /** The object under `namespace/name`, or `name` for cluster-scoped kinds. */
  get(key: string): T | undefined {
    return this.#store.get(key);
  }

  list(): readonly T[] {
    return this.#store.list();
  }

  /** @throws HwError InvalidArgument when `index` was not declared */
  byIndex(index: string, value: string): readonly T[] {
    return this.#store.byIndex(index, value);
  }

  /** Calls `fn` on each change from now on. What it throws is logged. */
  subscribe(fn: (event: InformerEvent<T>) => void): Disposable {
    this.#subscribers.add(fn);
    return { [Symbol.dispose]: () => this.#subscribers.delete(fn) };
  }

  /** Shows what `informer`, which was not started yet, will hold, too: one for each namespace. */
  follow(informer: Informer<KubeObject>): void {
    this.#followed.push(informer);
    informer.subscribe((event) => this.#take(event as InformerEvent<T>));
    informer.synced.subscribe(() => this.synced.set(this.#followed.every(({ synced }) => synced.value)));
  }

  #take({ type, object }: InformerEvent<T>): void {
    const isHere = type !== 'deleted' && this.#options.matches(object);
    if (!isHere) {
      if (this.#store.delete(keyOf(object)) !== undefined) this.#emit({ type: 'deleted', object });
      return;
    }
    const previous = this.#store.set(object);
    this.#emit(previous === undefined ? { type: 'added', object } : { type: 'updated', object, previous });
  }

  #emit(event: InformerEvent<T>): void {
    for (const subscriber of [...this.#subscribers]) {
      try {
        subscriber(event);
      } catch (error) {
        this.#failed('subscriber', error, event.object);
      }
    }
  }

  #failed(what: string, error: unknown, object: KubeObject): void {
    this.#options.logger.error(`${what} failed`, { key: keyOf(object), error: errorMessage(error) });
  }
}
