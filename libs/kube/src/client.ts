import { type Clock, HwError, type Logger, silentLogger } from '@rackwright/core';
import type { KubeConnection } from './connection.ts';
import { listAll, type ObjectList, selectionQuery } from './list.ts';
import type { KubeObject, ObjectKey, ObjectMeta } from './objects.ts';
import type {
  ApplyOptions,
  CallOptions,
  DeleteOptions,
  EvictOptions,
  ListOptions,
  PatchOptions,
  RawOptions,
  TokenRequestSpec,
  WatchOptions,
  WriteOptions,
} from './options.ts';
import type { Reachability } from './reachability.ts';
import {
  apiVersionOf,
  collectionPath,
  objectPath,
  type ResourceType,
  requireNamespace,
} from './resource-type.ts';
import { resources } from './resources.ts';
import { callOptions, Rest } from './rest.ts';
import { readWatch, type WatchEvent } from './watch.ts';
import type { WriteFence } from './write-fence.ts';

const patchTypes = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
} as const;

/** What a `KubeClient` needs. */
export interface KubeClientOptions {
  readonly connection: KubeConnection;
  readonly clock: Clock;
  /** Gets the API server's warnings. */
  readonly logger?: Logger;
  /** Names this program and its version in the API server's audit log. */
  readonly userAgent: string;
  /** Time limit of one call in milliseconds; default 30000. */
  readonly requestTimeoutMs?: number;
  /** Longest answer that is read, in bytes; default 64 MiB. */
  readonly maxBodyBytes?: number;
  /**
   * While the server is away and somebody waits for it, it is asked about this
   * often whether it is ready; default 1000 ms. Longer for programs of which
   * thousands run.
   */
  readonly probeIntervalMs?: number;
}

/**
 * A small Kubernetes client: JSON over kept HTTP/1.1 connections. Calls are not
 * repeated on errors; that is the work queue's, the informer's or the caller's
 * decision.
 *
 * Every method rejects with `KubeError` when the server refuses or does not
 * answer, with `HwError` InvalidArgument when the request makes no sense, and
 * with the signal's reason after an abort.
 */
export class KubeClient implements AsyncDisposable {
  readonly connection: KubeConnection;
  /** What every write has to pass; see `fenced`. */
  readonly fence: WriteFence | undefined;
  readonly #options: KubeClientOptions;
  readonly #rest: Rest;

  /** @param shared only for `fenced` */
  constructor(options: KubeClientOptions, shared?: { readonly rest: Rest; readonly fence: WriteFence }) {
    const limits = { requestTimeoutMs: 30_000, maxBodyBytes: 64 * 1024 * 1024, probeIntervalMs: 1_000 };
    const defaults = { logger: silentLogger, ...limits };
    this.connection = options.connection;
    this.fence = shared?.fence;
    this.#options = options;
    this.#rest = shared?.rest ?? new Rest({ ...defaults, ...options });
  }

  /** Whether the server answers, and the place to wait until it does. */
  get reachability(): Reachability {
    return this.#rest.reachability;
  }

  /**
   * A client on the same connections whose writes (everything but get, list and
   * watch) go out only while `fence` lets them; the others fail with what
   * `isLeadershipLost` recognises, and nothing is sent. Closing either closes both.
   */
  fenced(fence: WriteFence): KubeClient {
    return new KubeClient(this.#options, { rest: this.#rest, fence });
  }

  async get<T extends KubeObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    options: CallOptions = {},
  ): Promise<T> {
    return await this.request<T>('GET', objectPath(type, key), options);
  }

  /** Only the metadata of an object: of a Secret nothing of what it keeps comes here. */
  async getMetadata(
    type: ResourceType<KubeObject>,
    key: ObjectKey,
    options: CallOptions = {},
  ): Promise<ObjectMeta> {
    const accept = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
    const path = objectPath(type, key);
    const { metadata } = await this.request<KubeObject>('GET', path, { ...callOptions(options), accept });
    return metadata ?? {};
  }

  /**
   * Every object selected, read in pages. The result is one consistent state:
   * if the server forgets it half-way, it is read anew in one piece.
   */
  async list<T extends KubeObject>(
    type: ResourceType<T>,
    options: ListOptions<T> = {},
  ): Promise<ObjectList<T>> {
    return await listAll(this.#rest, type, options);
  }

  async create<T extends KubeObject>(
    type: ResourceType<T>,
    object: T,
    options: WriteOptions = {},
  ): Promise<T> {
    const namespace = object.metadata?.namespace;
    requireNamespace(type, namespace);
    return await this.request<T>('POST', collectionPath(type, namespace), {
      ...callOptions(options),
      query: writeQuery(options),
      body: withType(type, object),
    });
  }

  /** Server-side apply: afterwards the object has these fields, and this manager owns exactly these. */
  async apply<T extends KubeObject>(type: ResourceType<T>, object: T, options: ApplyOptions): Promise<T> {
    const body = withType(type, object);
    // The server refuses an apply that names managed fields.
    if (body.metadata?.managedFields !== undefined) {
      const { managedFields: _, ...metadata } = body.metadata;
      body.metadata = metadata;
    }
    return await this.request<T>('PATCH', objectPath(type, ownKey(object), options.subresource), {
      ...callOptions(options),
      query: { fieldManager: options.fieldManager, force: options.force ?? true },
      body,
      contentType: 'application/apply-patch+yaml',
    });
  }

  async patch<T extends KubeObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    patch: unknown,
    options: PatchOptions,
  ): Promise<T> {
    return await this.request<T>('PATCH', objectPath(type, key, options.subresource), {
      ...callOptions(options),
      query: { fieldManager: options.fieldManager },
      body: patch,
      contentType: patchTypes[options.strategy],
    });
  }

  /** Replaces the object; refused with Conflict if it changed since its `resourceVersion`. */
  async update<T extends KubeObject>(
    type: ResourceType<T>,
    object: T,
    options: WriteOptions = {},
  ): Promise<T> {
    return await this.request<T>('PUT', objectPath(type, ownKey(object), options.subresource), {
      ...callOptions(options),
      query: writeQuery(options),
      body: withType(type, object),
    });
  }

  /** Deletes the object; returns it while it is still ending, undefined when it is gone. */
  async delete<T extends KubeObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    options: DeleteOptions = {},
  ): Promise<T | undefined> {
    const { propagationPolicy, preconditions, gracePeriodSeconds } = options;
    const answer = await this.request<T>('DELETE', objectPath(type, key), {
      ...callOptions(options),
      body: { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy, preconditions, gracePeriodSeconds },
    });
    // Of what is gone there is a Status, or the object as it was last.
    return answer.metadata?.deletionTimestamp === undefined ? undefined : answer;
  }

  /**
   * Asks for a pod to go, subject to disruption budgets: KubeError with status
   * 429 when a budget forbids it for now.
   */
  async evict(key: ObjectKey & { readonly namespace: string }, options: EvictOptions = {}): Promise<void> {
    const { gracePeriodSeconds, preconditions } = options;
    await this.request('POST', objectPath(resources.pods, key, 'eviction'), {
      ...callOptions(options),
      body: {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name: key.name, namespace: key.namespace },
        deleteOptions: { gracePeriodSeconds, preconditions },
      },
    });
  }

  /** A fresh token of a service account (authentication.k8s.io/v1 TokenRequest). */
  async createToken(
    serviceAccount: ObjectKey,
    spec: TokenRequestSpec = {},
    options: CallOptions = {},
  ): Promise<{ token: string; expirationTimestamp: string }> {
    const path = objectPath(resources.serviceAccounts, serviceAccount, 'token');
    const body = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences: [], ...spec },
    };
    const { status } = await this.request<TokenRequest>('POST', path, { ...callOptions(options), body });
    return { token: status.token, expirationTimestamp: status.expirationTimestamp };
  }

  /**
   * Changes after `resourceVersion`, over one connection, with bookmarks. Ends
   * when the server ends it, which is normal: watch again from the last version
   * seen. `Informer` in libs/controller does all of that.
   *
   * @throws KubeError with status 410 when the version is too old to resume
   *   from: list again
   */
  async *watch<T extends KubeObject>(
    type: ResourceType<T>,
    options: WatchOptions,
  ): AsyncGenerator<WatchEvent<T>, void, undefined> {
    const timeoutSeconds = options.timeoutSeconds ?? 300 + Math.floor(300 * Math.random());
    const path = collectionPath(type, options.namespace);
    const response = await this.#rest.open(path, {
      signal: options.signal,
      query: {
        ...selectionQuery(options),
        watch: true,
        allowWatchBookmarks: true,
        resourceVersion: options.resourceVersion,
        timeoutSeconds,
      },
    });
    options.onOpen?.();
    yield* readWatch<T>(response, {
      what: `watch of ${path}`,
      server: this.connection.server,
      clock: this.#options.clock,
      signal: options.signal,
      maxMs: timeoutSeconds * 1000 + 30_000,
    });
  }

  /** Any other request, e.g. `/readyz` or `/version`. JSON answers are parsed, others returned as text. */
  async request<T = unknown>(method: string, path: string, options: RawOptions = {}): Promise<T> {
    return await this.#rest.request<T>(method, path, options, method === 'GET' ? undefined : this.fence);
  }

  /** Closes every connection; calls under way fail. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#rest[Symbol.dispose]();
    return Promise.resolve();
  }
}

interface TokenRequest {
  readonly status: { readonly token: string; readonly expirationTimestamp: string };
}

function writeQuery({ fieldManager, dryRun }: WriteOptions): NonNullable<RawOptions['query']> {
  return { fieldManager, dryRun: dryRun === true ? 'All' : undefined };
}

function withType<T extends KubeObject>(type: ResourceType<T>, object: T): T {
  return { ...object, apiVersion: apiVersionOf(type), kind: type.kind };
}

function ownKey(object: KubeObject): ObjectKey {
  const { namespace, name } = object.metadata ?? {};
  if (name === undefined) {
    throw new HwError('InvalidArgument', 'the object has no name', { field: 'metadata.name' });
  }
  return namespace === undefined ? { name } : { namespace, name };
}
