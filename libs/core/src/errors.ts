/**
 * The kinds of failure Rackwright tells apart. They map one to one to gRPC
 * statuses, condition reasons and metric labels.
 */
export type ErrorCode =
  | 'InvalidArgument'
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Forbidden'
  | 'Unavailable'
  | 'DeadlineExceeded'
  | 'Cancelled'
  | 'ResourceExhausted'
  | 'FailedPrecondition'
  | 'OutOfRange'
  | 'Unsupported'
  | 'Internal';

/** What an error may say beside its message. */
export interface ErrorDetails {
  /** The flag, CR path, file or message field that is wrong. */
  readonly field?: string;
  /** What the reader can do about it, one sentence. */
  readonly remedy?: string;
  readonly cause?: unknown;
}

/** An error that says what kind it is, which field is wrong and what to do. */
export class HwError extends Error {
  readonly code: ErrorCode;
  readonly field: string | undefined;
  readonly remedy: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'HwError';
    this.code = code;
    this.field = details.field;
    this.remedy = details.remedy;
  }
}

/** True if `error` is an `HwError` of one of `codes` (any code when none is given). */
export function isHwError(error: unknown, ...codes: ErrorCode[]): error is HwError {
  return error instanceof HwError && (codes.length === 0 || codes.includes(error.code));
}

/** The chain of messages from the error down to its first cause, with field and remedy. */
export function errorMessage(error: unknown): string {
  const parts: string[] = [];
  let current = error;
  for (let depth = 0; current !== undefined && depth < 8; depth++) {
    parts.push(describe(current));
    current = current instanceof Error ? current.cause : undefined;
  }
  return parts.filter((part, i) => part !== '' && !parts[i - 1]?.includes(part)).join(': ');
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!(error instanceof HwError)) return error.message || error.name;
  const field = error.field !== undefined && !error.message.includes(error.field) ? `${error.field}: ` : '';
  return field + error.message + (error.remedy === undefined ? '' : ` (${error.remedy})`);
}
