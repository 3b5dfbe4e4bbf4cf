import { KubeError } from './error.ts';

/**
 * Stands between a program and its writes, for programs of which only one may
 * write at a time. A client made by `KubeClient.fenced` asks it immediately
 * before a write goes over the wire, so that no wait for a connection, for
 * credentials or of the whole process lies in between.
 */
export interface WriteFence {
  /** Aborts once writes may no longer be made; those under way are broken off. */
  readonly signal: AbortSignal;
  /** @throws KubeError FailedPrecondition with reason LeadershipLost when this process may not write */
  check(): void;
}

const reason = 'LeadershipLost';

/** What a write fails with that a fence refuses or breaks off. */
export function leadershipLost(): KubeError {
  return new KubeError('FailedPrecondition', 'this replica does not lead any more, so it writes nothing', {
    status: 0,
    reason,
  });
}

/** True for a write that a fence refused or broke off. */
export function isLeadershipLost(error: unknown): boolean {
  return error instanceof KubeError && error.reason === reason;
}
