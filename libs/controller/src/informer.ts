import { type Clock, errorMessage, Latest, type Logger, type Runnable } from '@rackwright/core';
import {
  isKubeError,
  isNotFound,
  type KubeClient,
  type KubeObject,
  keyOf,
  type ObjectList,
  type ResourceType,
  resourceName,
  type WatchEvent,
} from '@rackwright/kube';
import type { ControllerMetrics } from './metrics.ts';
import { Reconnect } from './reconnect.ts';
import { type Indexers, ObjectStore } from './store.ts';
import { Interner, shareStrings, withoutManagedFields } from './trim.ts';

/** What changed in the cache. */
export interface InformerEvent<T extends KubeObject> {
  readonly type: 'added' | 'updated' | 'deleted';
  /** For `deleted` the last state known. */
  readonly object: T;
  /** Only with `updated`. */
  readonly previous?: T;
}

/** What an `Informer` follows and how. */
export interface InformerOptions<T extends KubeObject> {
  readonly client: Pick<KubeClient, 'list' | 'watch'> & Partial<Pick<KubeClient, 'reachability'>>;
  readonly type: ResourceType<T>;
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Keeps what is needed of each object; managed fields are gone already. Must keep `metadata`. */
  trim?(raw: T): T;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly indexes?: Indexers<T>;
  /** Tells it from other informers of the kind, in logs and metrics. */
  readonly qualifier?: string;
  readonly metrics?: ControllerMetrics;
  /** Objects per list request; default 500. */
  readonly pageSize?: number;
}

/** Longest wait before a kind that is not served is asked for again: its CRD may come any moment. */
const maxUnservedWaitMs = 5_000;

/**
 * A cache of the objects of one kind that follows the API server. It lists in
 * pages, then watches, resumes after every interruption from the last version
 * it saw, and lists anew when it cannot; what vanished meanwhile is reported as
 * deleted. It goes on until its signal aborts, whatever the server does and
 * whatever its subscribers throw. A kind whose CRD is gone has no objects.
 *
 * Objects handed out are the cache's own: do not change them.
 */
export class Informer<T extends KubeObject> implements Runnable {
  readonly name: string;
  /** True once the first list is in the cache. */
  readonly synced = new Latest(false);
  /** False while the API server does not know the kind, as without its CRD: then the cache is empty. */
  readonly served = new Latest(true);
  /** What keeps the cache from following just now; undefined while it follows. */
  readonly failure = new Latest<string | undefined>(undefined);
  readonly #options: InformerOptions<KubeObject>;
  readonly #store: ObjectStore<T>;
  readonly #interner = new Interner();
  readonly #logger: Logger;
  readonly #subscribers = new Set<(event: InformerEvent<KubeObject>) => void>();
  /** Where to resume; undefined means list first. */
  #version: string | undefined;
  #failureKind: string | undefined;
  #started = false;

  constructor(options: InformerOptions<T>) {
    const { type, qualifier } = options;
    this.name = `informer ${resourceName(type)}${qualifier === undefined ? '' : ` (${qualifier})`}`;
    this.#options = options as unknown as InformerOptions<KubeObject>;
    this.#logger = options.logger.child({ informer: options.type.plural });
    this.#store = new ObjectStore<T>(options.indexes, (error, object) =>
      this.#logger.error('index failed', { key: keyOf(object), error: errorMessage(error) }),
    );
  }

  /** The object under `namespace/name`, or `name` for cluster-scoped kinds. */
  get(key: string): T | undefined {
    return this.#store.get(key);
  }

  list(): readonly T[] {
    return this.#store.list();
  }

  get size(): number {
    return this.#store.size;
  }

  /** @throws HwError InvalidArgument when `index` was not declared */
  byIndex(index: string, value: string): readonly T[] {
    return this.#store.byIndex(index, value);
  }

  /** Calls `fn` on each change from now on. What it throws is logged. */
  subscribe(fn: (event: InformerEvent<T>) => void): Disposable {
    const subscriber = fn as (event: InformerEvent<KubeObject>) => void;
    this.#subscribers.add(subscriber);
    return { [Symbol.dispose]: () => this.#subscribers.delete(subscriber) };
  }

  async start(signal: AbortSignal): Promise<void> {
    if (this.#started) throw new Error(`${this.name} was started twice`);
    this.#started = true;
    const reconnect = new Reconnect(this.#options.clock);
    while (!signal.aborted) {
      try {
        this.#version ??= await this.#relist(signal);
        await this.#follow(signal, reconnect, this.#version);
        this.#options.metrics?.watchRestarted(this.name, 'closed');
        await this.#options.clock.sleep(reconnect.afterClose(), signal);
      } catch (error) {
        if (signal.aborted) return;
        await this.#recover(error, signal, reconnect);
      }
    }
  }

  async #recover(error: unknown, signal: AbortSignal, reconnect: Reconnect): Promise<void> {
    const { resume, cause, waitMs } = reconnect.afterError(error);
    if (!resume) this.#version = undefined;
    const known = this.#sameFailure(error);
    this.failure.set(errorMessage(error));
    this.#options.metrics?.watchRestarted(this.name, cause);
    const level = cause === 'gone' || known ? 'debug' : 'warn';
    this.#logger[level]('watch interrupted', { error: errorMessage(error), waitMs, relist: !resume });
    const longest = this.served.value ? waitMs : maxUnservedWaitMs;
    await this.#pause(Math.min(waitMs, longest), error, signal, reconnect).catch(() => undefined);
  }

  async #pause(ms: number, error: unknown, signal: AbortSignal, reconnect: Reconnect): Promise<void> {
    const { clock, client } = this.#options;
    if (client.reachability === undefined) await clock.sleep(ms, signal);
    else if (await client.reachability.pause(ms, error, signal)) reconnect.recovered();
  }

  /** Whether this only goes on, so that the log tells it once. */
  #sameFailure(error: unknown): boolean {
    const kind = isKubeError(error) ? `${error.status} ${error.reason}` : errorMessage(error);
    const known = this.failure.value !== undefined && kind === this.#failureKind;
    this.#failureKind = kind;
    return known;
  }

  async #relist(signal: AbortSignal): Promise<string> {
    const { items, resourceVersion } = await this.#list(signal);
    this.#replace(items);
    this.served.set(true);
    this.failure.set(undefined);
    this.synced.set(true);
    return resourceVersion;
  }

  async #list(signal: AbortSignal): Promise<ObjectList<KubeObject>> {
    const { client, type, namespace, labelSelector, fieldSelector, pageSize } = this.#options;
    try {
      return await client.list(type, {
        ...{ namespace, labelSelector, fieldSelector, signal },
        ...(pageSize === undefined ? {} : { pageSize }),
        trim: (raw) => this.#trim(raw),
      });
    } catch (error) {
      if (isNotFound(error)) {
        this.#replace([]);
        this.served.set(false);
        this.synced.set(true);
      }
      throw error;
    }
  }

  /** The cache holds `items` and nothing else. */
  #replace(items: readonly KubeObject[]): void {
    const vanished = new Set(this.#store.keys());
    for (const item of items) {
      vanished.delete(keyOf(item));
      this.#put(item as T);
    }
    for (const key of vanished) this.#remove(key);
    this.#count();
  }

  async #follow(signal: AbortSignal, reconnect: Reconnect, resourceVersion: string): Promise<void> {
    const { client, type, namespace, labelSelector, fieldSelector } = this.#options;
    reconnect.opening();
    const events = client.watch(type, {
      ...{ namespace, labelSelector, fieldSelector, signal, resourceVersion },
      onOpen: () => {
        reconnect.opened();
        this.failure.set(undefined);
      },
    });
    for await (const event of events) {
      this.#take(event);
      reconnect.progressed();
    }
  }

  #take({ type, object }: WatchEvent): void {
    const version = object.metadata?.resourceVersion;
    if (type === 'DELETED') this.#remove(keyOf(object), object as T);
    else if (type !== 'BOOKMARK') this.#put(this.#trim(object) as T);
    if (version !== undefined) this.#version = version;
    this.#count();
  }

  #put(object: T): void {
    const previous = this.#store.set(object);
    if (previous === undefined) this.#emit({ type: 'added', object });
    else if (previous.metadata?.resourceVersion !== object.metadata?.resourceVersion) {
      this.#emit({ type: 'updated', object, previous });
    }
  }

  #remove(key: string, last?: T): void {
    const previous = this.#store.delete(key);
    if (previous === undefined) return;
    this.#emit({ type: 'deleted', object: last === undefined ? previous : (this.#trim(last) as T) });
  }

  #trim(raw: KubeObject): KubeObject {
    const object = this.#cut(withoutManagedFields(raw));
    shareStrings(object, this.#interner);
    return object;
  }

  #cut(object: KubeObject): KubeObject {
    try {
      return this.#options.trim?.(object) ?? object;
    } catch (error) {
      this.#logger.error('trim failed, the whole object is kept', {
        key: keyOf(object),
        error: errorMessage(error),
      });
      return object;
    }
  }

  #emit(event: InformerEvent<T>): void {
    for (const subscriber of [...this.#subscribers]) {
      try {
        subscriber(event);
      } catch (error) {
        this.#logger.error('subscriber failed', { key: keyOf(event.object), error: errorMessage(error) });
      }
    }
  }

  #count(): void {
    this.#options.metrics?.cachedObjects(this.name, this.#store.size);
  }
}
