/** What every call takes. */
export interface CallOptions {
  /** Gives the call up; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for the whole call; default is the client's `requestTimeoutMs`. */
  readonly timeoutMs?: number;
}

/** Which objects of a kind. */
export interface Selection {
  /** All namespaces when absent. */
  readonly namespace?: string | undefined;
  /** As in `kubectl -l`, e.g. `app=a,tier!=b`. */
  readonly labelSelector?: string | undefined;
  /** As in `kubectl --field-selector`, e.g. `spec.nodeName=n1`. */
  readonly fieldSelector?: string | undefined;
}

export interface ListOptions<T> extends Selection, CallOptions {
  /** Objects per request; default 500. */
  readonly pageSize?: number;
  /** Applied to each object as its page arrives, so that the rest of it can be freed. */
  trim?(raw: T): T;
}

export interface ApplyOptions extends CallOptions {
  /** Owner of the fields that are set. */
  readonly fieldManager: string;
  /** Take fields over from other managers; default true. */
  readonly force?: boolean;
  readonly subresource?: 'status';
}

export interface PatchOptions extends CallOptions {
  /** `merge` is RFC 7396, `json` RFC 6902, `strategic` Kubernetes' own (built-in kinds only). */
  readonly strategy: 'merge' | 'json' | 'strategic';
  readonly subresource?: string;
  readonly fieldManager?: string;
}

export interface WriteOptions extends CallOptions {
  readonly subresource?: string;
  readonly fieldManager?: string;
  /** Asks whether the write would be taken, admission included; nothing is stored. */
  readonly dryRun?: boolean;
}

export interface DeleteOptions extends CallOptions {
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  /** Delete only the very object that was seen. */
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly gracePeriodSeconds?: number;
}

export interface EvictOptions extends CallOptions {
  readonly gracePeriodSeconds?: number;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

export interface WatchOptions extends Selection {
  /** Where to start: the version of a list, or of the last event seen. */
  readonly resourceVersion: string;
  readonly signal: AbortSignal;
  /** When the server shall end the watch; default 300 to 600, drawn at random so that watches do not end together. */
  readonly timeoutSeconds?: number;
  /** Called once the server has accepted the watch. */
  onOpen?(): void;
}

/** spec of an authentication.k8s.io/v1 TokenRequest. */
export interface TokenRequestSpec {
  readonly audiences?: readonly string[];
  /** At least 600; the server's default is an hour. */
  readonly expirationSeconds?: number;
  readonly boundObjectRef?: {
    readonly apiVersion?: string;
    readonly kind?: string;
    readonly name?: string;
    readonly uid?: string;
  };
}

export interface RawOptions extends CallOptions {
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  /** Default `application/json`. */
  readonly contentType?: string;
  /** In what form the answer is wanted; default `application/json`. */
  readonly accept?: string;
}
