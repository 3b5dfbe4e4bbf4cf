import { status } from '@grpc/grpc-js';
import { expect, test } from '@jest/globals';
import { HwError } from '@rackwright/core';
import { fromGrpcStatus, toGrpcStatus } from './grpc-status.ts';

test.each([
  ['InvalidArgument', status.INVALID_ARGUMENT],
  ['NotFound', status.NOT_FOUND],
  ['AlreadyExists', status.ALREADY_EXISTS],
  ['Conflict', status.ABORTED],
  ['Forbidden', status.PERMISSION_DENIED],
  ['Unavailable', status.UNAVAILABLE],
  ['DeadlineExceeded', status.DEADLINE_EXCEEDED],
  ['Cancelled', status.CANCELLED],
  ['ResourceExhausted', status.RESOURCE_EXHAUSTED],
  ['FailedPrecondition', status.FAILED_PRECONDITION],
  ['OutOfRange', status.OUT_OF_RANGE],
  ['Unsupported', status.UNIMPLEMENTED],
  ['Internal', status.INTERNAL],
] as const)('%s keeps its kind over the wire and back', (code, expected) => {
  const sent = toGrpcStatus(new HwError(code, 'no', { field: 'size', remedy: 'ask for less' }));
  expect(sent).toEqual({ code: expected, details: 'size: no (ask for less)' });
  expect(fromGrpcStatus(sent.code, sent.details, 'asking')).toMatchObject({
    code,
    message: 'asking: size: no (ask for less)',
  });
});

test('an error nobody planned is INTERNAL and keeps its message', () => {
  expect(toGrpcStatus(new TypeError('oops'))).toEqual({ code: status.INTERNAL, details: 'oops' });
  expect(toGrpcStatus('text')).toEqual({ code: status.INTERNAL, details: 'text' });
});

test('a status without a kind of ours is Internal', () => {
  const error = fromGrpcStatus(status.DATA_LOSS, 'gone', 'asking');
  expect(error).toMatchObject({ code: 'Internal', message: 'asking: gone' });
});
