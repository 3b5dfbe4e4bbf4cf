import type { ErrorCode } from '@rackwright/core';

/** Where calls of a CSI driver are asked for in the guest. */
export const callerSocket = '/run/csi-caller.sock';

/** One call of the driver, its message as it goes over the wire, in base64. */
export interface CsiQuestion {
  readonly endpoint: string;
  readonly path: string;
  readonly request: string;
  readonly timeoutMs: number;
}

/** What the driver answered, or how it refused. */
export interface CsiAnswer {
  readonly response?: string;
  readonly error?: { readonly code: ErrorCode; readonly message: string };
  /** What the call took, in the guest. */
  readonly milliseconds: number;
}
