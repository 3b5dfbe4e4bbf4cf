import type { ErrorCode } from '@rackwright/core';

/** Where calls of a CSI driver are asked for in the guest. */
export const callerSocket = '/run/csi-caller.sock';

/** One call of a driver, its message as it goes over the wire, in base64. */
export interface CsiCallBytes {
  readonly path: string;
  readonly request: string;
}

/** Calls of a driver, one after the other up to the first that it refuses. */
export interface CsiQuestion {
  readonly endpoint: string;
  /** Time limit of each call. */
  readonly timeoutMs: number;
  readonly calls: readonly CsiCallBytes[];
}

/** What the driver answered to one call, or how it refused. */
export interface CsiAnswer {
  readonly response?: string;
  readonly error?: { readonly code: ErrorCode; readonly message: string };
  /** What the call took, in the guest. */
  readonly milliseconds: number;
}
