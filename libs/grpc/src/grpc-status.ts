import { status } from '@grpc/grpc-js';
import { type ErrorCode, errorMessage, HwError, isHwError } from '@rackwright/core';

const statusOf = {
  InvalidArgument: status.INVALID_ARGUMENT,
  NotFound: status.NOT_FOUND,
  AlreadyExists: status.ALREADY_EXISTS,
  Conflict: status.ABORTED,
  Forbidden: status.PERMISSION_DENIED,
  Unavailable: status.UNAVAILABLE,
  DeadlineExceeded: status.DEADLINE_EXCEEDED,
  Cancelled: status.CANCELLED,
  ResourceExhausted: status.RESOURCE_EXHAUSTED,
  FailedPrecondition: status.FAILED_PRECONDITION,
  OutOfRange: status.OUT_OF_RANGE,
  Unsupported: status.UNIMPLEMENTED,
  Internal: status.INTERNAL,
} as const satisfies Record<ErrorCode, status>;

/** The one place where an error becomes a gRPC status; what is no HwError is INTERNAL. */
export function toGrpcStatus(error: unknown): { code: status; details: string } {
  return {
    code: isHwError(error) ? statusOf[error.code] : status.INTERNAL,
    details: errorMessage(error),
  };
}

/** Turns the status a call ended with into an HwError; `what` names the call. */
export function fromGrpcStatus(code: status, details: string, what: string): HwError {
  const known = Object.entries(statusOf).find(([, value]) => value === code);
  return new HwError((known?.[0] as ErrorCode | undefined) ?? 'Internal', `${what}: ${details}`);
}

/** Names that Go's gRPC gives statuses, and by which metrics of CSI drivers count them. */
const names: Readonly<Record<status, string>> = {
  [status.OK]: 'OK',
  [status.CANCELLED]: 'Canceled',
  [status.UNKNOWN]: 'Unknown',
  [status.INVALID_ARGUMENT]: 'InvalidArgument',
  [status.DEADLINE_EXCEEDED]: 'DeadlineExceeded',
  [status.NOT_FOUND]: 'NotFound',
  [status.ALREADY_EXISTS]: 'AlreadyExists',
  [status.PERMISSION_DENIED]: 'PermissionDenied',
  [status.RESOURCE_EXHAUSTED]: 'ResourceExhausted',
  [status.FAILED_PRECONDITION]: 'FailedPrecondition',
  [status.ABORTED]: 'Aborted',
  [status.OUT_OF_RANGE]: 'OutOfRange',
  [status.UNIMPLEMENTED]: 'Unimplemented',
  [status.INTERNAL]: 'Internal',
  [status.UNAVAILABLE]: 'Unavailable',
  [status.DATA_LOSS]: 'DataLoss',
  [status.UNAUTHENTICATED]: 'Unauthenticated',
};

/** A status as Go writes it, for instance `InvalidArgument`. */
export function statusName(code: status): string {
  return names[code];
}
