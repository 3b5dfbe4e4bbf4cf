import { type ErrorCode, HwError } from '@rackwright/core';
import { type ResourceType, resourceName } from './resource-type.ts';
import { boundWait, cutNote, parseRetryAfter } from './retry-after.ts';

/** A meta/v1 Status, as far as it is read. */
export interface Status {
  readonly kind?: string;
  readonly status?: string;
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: {
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly {
      readonly reason?: string;
      readonly message?: string;
      readonly field?: string;
    }[];
  };
}

/** What a `KubeError` knows beside code and message. */
export interface KubeErrorDetails {
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** Machine-readable reason such as `NotFound` or `Expired` (meta/v1 StatusReason), or one of our own. */
  readonly reason: string;
  readonly retryAfterMs?: number | undefined;
  readonly field?: string | undefined;
  readonly remedy?: string | undefined;
  /** Machine-readable reasons of the causes the server lists (meta/v1 CauseType). */
  readonly causes?: readonly string[];
  readonly cause?: unknown;
}

/** A request the API server refused, or that never got an answer. */
export class KubeError extends HwError {
  readonly status: number;
  readonly reason: string;
  readonly causes: readonly string[];
  /** How long the server asks to wait before the next try; half a minute if it asks for more. */
  readonly retryAfterMs?: number;

  constructor(code: ErrorCode, message: string, details: KubeErrorDetails) {
    super(code, message, {
      ...(details.field === undefined ? {} : { field: details.field }),
      ...(details.remedy === undefined ? {} : { remedy: details.remedy }),
      cause: details.cause,
    });
    this.name = 'KubeError';
    this.status = details.status;
    this.reason = details.reason;
    this.causes = details.causes ?? [];
    const retryAfterMs = boundWait(details.retryAfterMs);
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
  }
}

const byStatus: Readonly<Record<number, readonly [ErrorCode, reason: string]>> = {
  400: ['InvalidArgument', 'BadRequest'],
  401: ['Forbidden', 'Unauthorized'],
  403: ['Forbidden', 'Forbidden'],
  404: ['NotFound', 'NotFound'],
  405: ['Unsupported', 'MethodNotAllowed'],
  406: ['Unsupported', 'NotAcceptable'],
  409: ['Conflict', 'Conflict'],
  410: ['FailedPrecondition', 'Gone'],
  413: ['ResourceExhausted', 'RequestEntityTooLarge'],
  415: ['Unsupported', 'UnsupportedMediaType'],
  422: ['InvalidArgument', 'Invalid'],
  429: ['ResourceExhausted', 'TooManyRequests'],
  500: ['Internal', 'InternalError'],
  501: ['Unsupported', 'NotImplemented'],
  503: ['Unavailable', 'ServiceUnavailable'],
  504: ['DeadlineExceeded', 'Timeout'],
};

const remedies: Readonly<Record<number, string>> = {
  401: 'check that the token or client certificate is valid for this API server',
  403: 'grant this account the permission the message names',
  409: 'read the object again and repeat the change',
  410: 'list again and watch from the new resource version',
  413: 'make the object smaller',
  429: 'wait and try again',
  503: 'try again; if it lasts, look at the API server',
};

/** The error for an HTTP answer outside 200 to 299, or for a Status in an ERROR watch event. */
export function statusError(
  what: string,
  httpStatus: number,
  status: Status,
  retryAfter?: string,
  nowMs = 0,
): KubeError {
  const [code, reason] = byStatus[httpStatus] ?? [httpStatus >= 500 ? 'Unavailable' : 'Internal', 'Unknown'];
  const causes = status.details?.causes ?? [];
  const askedMs = parseRetryAfter(retryAfter, nowMs) ?? askedInBody(status);
  return new KubeError(
    status.reason === 'AlreadyExists' ? 'AlreadyExists' : code,
    `${what}: ${status.message ?? `the API server answered ${httpStatus}`}${cutNote(askedMs)}`,
    {
      status: httpStatus,
      reason: status.reason || reason,
      field: causes.find((cause) => cause.field)?.field,
      causes: causes.flatMap(({ reason: why }) => (why === undefined ? [] : [why])),
      remedy: status.reason === 'AlreadyExists' ? undefined : remedies[httpStatus],
      retryAfterMs: askedMs,
    },
  );
}

/** What the Status asks for; what is not a number of seconds is nothing. */
function askedInBody({ details }: Status): number | undefined {
  const seconds: unknown = details?.retryAfterSeconds;
  return typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : undefined;
}

/** True for a KubeError whose HTTP status is one of `statuses`. */
export function isKubeError(error: unknown, ...statuses: number[]): error is KubeError {
  return error instanceof KubeError && (statuses.length === 0 || statuses.includes(error.status));
}

/** True if the object does not exist. */
export function isNotFound(error: unknown): boolean {
  return isKubeError(error, 404);
}

/** True if the object changed since it was read, or exists already. */
export function isConflict(error: unknown): boolean {
  return isKubeError(error, 409);
}

/** True if a resource version or continue token is too old to go on from. */
export function isGone(error: unknown): boolean {
  return isKubeError(error, 410) || (error instanceof KubeError && error.reason === 'Expired');
}

/** True if an object cannot be made because its namespace is being deleted. */
export function isNamespaceEnding(error: unknown): boolean {
  return isKubeError(error, 403) && error.causes.includes('NamespaceTerminating');
}

/** True if the request got no answer: the server, or the way to it, is away. */
export function isUnanswered(error: unknown): boolean {
  return isKubeError(error, 0) && (error.code === 'Unavailable' || error.code === 'DeadlineExceeded');
}

/** True if the same request may work later: no answer, too many requests, or a failure of the server. */
export function isTransient(error: unknown): boolean {
  if (!isKubeError(error) || isGone(error)) return false;
  return isUnanswered(error) || error.status === 429 || error.status >= 500;
}

/** Waits for `work`; `undefined` when it fails because the object does not exist. */
export async function ignoreNotFound<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/**
 * The error for a collection that is not found: a collection is there, even if
 * empty, unless the API server does not know the kind.
 */
export function notServed(type: ResourceType, cause: unknown): KubeError {
  return new KubeError('NotFound', `the API server does not serve ${resourceName(type)}`, {
    ...{ status: 404, reason: 'NotServed', cause },
    remedy: 'apply its CustomResourceDefinition',
  });
}
