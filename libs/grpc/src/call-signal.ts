import type { ServerUnaryCall } from '@grpc/grpc-js';
import { HwError } from '@rackwright/core';

/**
 * Aborts when the caller gives up: it cancelled, its deadline passed, or its connection ended.
 *
 * @param caller who calls, for the abort's reason
 */
export function callSignal(
  call: Pick<ServerUnaryCall<unknown, unknown>, 'cancelled' | 'once'>,
  caller = 'the caller',
): AbortSignal {
  const controller = new AbortController();
  const giveUp = (): void => controller.abort(new HwError('Cancelled', `${caller} gave the call up`));
  if (call.cancelled) giveUp();
  else call.once('cancelled', giveUp);
  return controller.signal;
}
