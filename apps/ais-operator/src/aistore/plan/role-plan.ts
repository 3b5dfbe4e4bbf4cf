import type { StatefulSet } from '@rackwright/kube';
import type { AisCall } from '../calls.ts';
import type { PodFacts } from '../pod-facts.ts';

/** What keeps a cluster from being ready, or from the next step. */
export interface Waiting {
  /** For programs. */
  readonly reason: string;
  /** For people: what is waited for, with names. */
  readonly message: string;
  /** When to look again though nothing changes, in milliseconds. */
  readonly againAfterMs: number;
  /** It is the consequence of a change that was asked for. */
  readonly change?: 'Upgrading' | 'Scaling';
}

/** What is done for one role in one pass. */
export interface RolePlan {
  /** Its StatefulSet as it shall be; undefined as long as there shall be none. */
  readonly set: StatefulSet | undefined;
  /** Asked of AIStore first. */
  readonly calls: readonly AisCall[];
  /** Deleted last, so that the StatefulSet makes them anew. */
  readonly restarts: readonly PodFacts[];
  readonly waiting?: Waiting;
}

/** Waits between two looks, in milliseconds (ais.md §2.15). */
export const lookAgainMs = {
  proxies: 5_000,
  targets: 10_000,
  /** A step of a rollout of targets, or a StatefulSet that was just made. */
  step: 2_000,
  /** A status that is older than the spec. */
  status: 1_000,
  notReady: 3_000,
  loadBalancer: 2_000,
  shutdown: 5_000,
  deletion: 10_000,
} as const;
