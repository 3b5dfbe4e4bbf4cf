import { type ErrorCode, HwError, oneLine } from '@rackwright/core';
import { isJsonObject, parseJson } from './json.ts';

/** Why a call failed, as a word that conditions and metrics can show. */
export type AisReason =
  // Another change of the membership is under way, or the node has too much to do: ask again later.
  | 'Busy'
  | 'TooManyRequests'
  // The request is wrong and stays wrong.
  | 'Rejected'
  | 'NotFound'
  | 'AlreadyExists'
  // No token, a token that is not valid (any more), or one that may not do this.
  | 'Unauthorized'
  | 'Forbidden'
  | 'LoginFailed'
  // The cluster is starting, or is away.
  | 'NotReady'
  | 'ConnectionFailed'
  | 'AnswerLost'
  | 'SchemeMismatch'
  | 'Timeout'
  // What came is not what a cluster answers.
  | 'CertificateFailure'
  | 'MalformedAnswer'
  | 'AnswerTooLarge'
  | 'UnexpectedRedirect'
  | 'ClientClosed';

/** What an `AisError` knows beside code and message. */
export interface AisErrorDetails {
  readonly reason: AisReason;
  /** HTTP status; 0 when there was no answer. */
  readonly status?: number;
  /** AIStore's name of the error, such as `ErrBusy`. */
  readonly typeCode?: string | undefined;
  readonly remedy?: string | undefined;
  readonly cause?: unknown;
}

/** A call that a cluster, or the service that issues its tokens, refused or did not answer. */
export class AisError extends HwError {
  readonly reason: AisReason;
  readonly status: number;
  readonly typeCode: string | undefined;

  constructor(code: ErrorCode, message: string, details: AisErrorDetails) {
    super(code, message, {
      ...(details.remedy === undefined ? {} : { remedy: details.remedy }),
      cause: details.cause,
    });
    this.name = 'AisError';
    this.reason = details.reason;
    this.status = details.status ?? 0;
    this.typeCode = details.typeCode;
  }
}

/** True for an `AisError`, of one of `reasons` if some are given. */
export function isAisError(error: unknown, ...reasons: AisReason[]): error is AisError {
  return error instanceof AisError && (reasons.length === 0 || reasons.includes(error.reason));
}

/** True if the cluster does something else first (409): the same call is right later. */
export function isBusy(error: unknown): boolean {
  return isAisError(error, 'Busy');
}

/** True if the same call fails for ever (400 and the like): what is asked for has to change. */
export function isRejected(error: unknown): boolean {
  return isAisError(error, 'Rejected');
}

/** True if the cluster does not know what the call names: a node, a bucket, an object. */
export function isNotFound(error: unknown): boolean {
  return isAisError(error, 'NotFound');
}

/** True if the token is missing, no longer valid, or not enough, or if none could be got. */
export function isAuthError(error: unknown): boolean {
  return isAisError(error, 'Unauthorized', 'Forbidden', 'LoginFailed');
}

/** True if the cluster is away, starting, or too slow: it may answer later. */
export function isNotReady(error: unknown): boolean {
  return isAisError(
    error,
    ...(['NotReady', 'ConnectionFailed', 'AnswerLost', 'SchemeMismatch', 'Timeout'] as const),
    'TooManyRequests',
  );
}

const byStatus: Readonly<Record<number, readonly [ErrorCode, AisReason]>> = {
  401: ['Forbidden', 'Unauthorized'],
  403: ['Forbidden', 'Forbidden'],
  404: ['NotFound', 'NotFound'],
  408: ['DeadlineExceeded', 'Timeout'],
  409: ['Conflict', 'Busy'],
  429: ['ResourceExhausted', 'TooManyRequests'],
};

const remedies: Readonly<Partial<Record<AisReason, string>>> = {
  Busy: 'wait until the rebalance that runs has finished',
  Unauthorized: 'check the login of the operator (spec.auth) and the signing key of the cluster',
  Forbidden: 'give the account of the operator the role of an administrator',
  SchemeMismatch: 'wait until all proxies speak the same of http and https',
};

/** How much of an answer that is not JSON is shown. */
const maxShown = 512;

/**
 * The error for an answer outside 200 to 299.
 * @param what method and URL
 */
export function statusError(what: string, status: number, body: string): AisError {
  const { message, typeCode } = readErrorBody(body);
  const [code, reason] = meaningOf(status, message, typeCode);
  return new AisError(code, `${what}: ${message || `answered ${status}`}`, {
    ...{ status, reason, typeCode },
    remedy: remedies[reason],
  });
}

function meaningOf(status: number, message: string, typeCode: string | undefined): [ErrorCode, AisReason] {
  // What Go's server says to plain HTTP on its TLS port, while https is being switched on.
  if (status === 400 && /HTTP request to an HTTPS server/i.test(message))
    return ['Unavailable', 'SchemeMismatch'];
  if (status === 409 && (typeCode === 'ErrBucketAlreadyExists' || /already exists/.test(message)))
    return ['AlreadyExists', 'AlreadyExists'];
  if (status >= 500) return ['Unavailable', 'NotReady'];
  if (status >= 300 && status < 400) return ['Internal', 'UnexpectedRedirect'];
  const [code, reason] = byStatus[status] ?? ['InvalidArgument', 'Rejected'];
  return [code, reason];
}

/** AIStore's own error, or whatever stands between it and us has said. */
function readErrorBody(body: string): { readonly message: string; readonly typeCode?: string } {
  try {
    const parsed = parseJson(body);
    if (isJsonObject(parsed) && typeof parsed.message === 'string') {
      const { message, tcode } = parsed;
      return { message: oneLine(message), ...(typeof tcode === 'string' ? { typeCode: tcode } : {}) };
    }
  } catch {
    // No JSON: shown as text.
  }
  return { message: oneLine(body.slice(0, maxShown)) };
}

/** The error for an answer that came whole and makes no sense. */
export function malformed(what: string, why: string, cause?: unknown): AisError {
  return new AisError('Internal', `${what}: the answer makes no sense: ${why}`, {
    ...{ reason: 'MalformedAnswer', cause },
    remedy: 'check that the address is that of an AIStore proxy',
  });
}
