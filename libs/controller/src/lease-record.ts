import type { Clock } from '@rackwright/core';
import { type Lease, microTime } from '@rackwright/kube';

/** What is remembered of a lease between two looks at it. */
interface Sighting {
  readonly holder: string;
  readonly renewTime: string | undefined;
  /** When this state was first seen, on our own monotonic clock. */
  readonly seenAt: number;
}

/**
 * Tells whether a lease has run out. The times written in it come from another
 * machine's clock and are only compared for change; how long it stayed unchanged
 * is measured here.
 */
export class ObservedLease {
  readonly #clock: Clock;
  #last: Sighting | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** True if nobody holds `lease`, or its holder has not renewed it for its duration as seen from here. */
  isFree(lease: Lease): boolean {
    const { holderIdentity = '', renewTime, leaseDurationSeconds = 0 } = lease.spec ?? {};
    if (holderIdentity === '') return true;
    const now = this.#clock.monotonic();
    if (this.#last?.holder !== holderIdentity || this.#last.renewTime !== renewTime) {
      this.#last = { holder: holderIdentity, renewTime, seenAt: now };
    }
    return now - this.#last.seenAt >= leaseDurationSeconds * 1000;
  }
}

/** The spec that makes `identity` the holder of `lease` from `nowMs`, or renews its hold. */
export function heldSpec(
  lease: Lease | undefined,
  identity: string,
  durationMs: number,
  nowMs: number,
): NonNullable<Lease['spec']> {
  const now = microTime(nowMs);
  const before = lease?.spec;
  const mine = before?.holderIdentity === identity;
  return {
    holderIdentity: identity,
    leaseDurationSeconds: Math.ceil(durationMs / 1000),
    acquireTime: mine ? (before.acquireTime ?? now) : now,
    renewTime: now,
    leaseTransitions: (before?.leaseTransitions ?? 0) + (mine || before === undefined ? 0 : 1),
  };
}

/** The spec that gives `lease` up, so that others need not wait for it to run out. */
export function releasedSpec(lease: Lease, nowMs: number): NonNullable<Lease['spec']> {
  const now = microTime(nowMs);
  return {
    holderIdentity: '',
    leaseDurationSeconds: 1,
    acquireTime: now,
    renewTime: now,
    leaseTransitions: lease.spec?.leaseTransitions ?? 0,
  };
}
