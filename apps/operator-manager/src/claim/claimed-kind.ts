import type { KubeObject, ResourceType } from '@rackwright/kube';

/** A kind of objects that one installation of a cluster looks after. */
export interface ClaimedKind {
  readonly type: ResourceType<KubeObject>;
  /** Name of the readiness check that fails while another installation looks after them. */
  readonly check: string;
  /** Writes the claims. */
  readonly fieldManager: string;
  /** Reasons of events. */
  readonly event: { readonly standingBy: string; readonly takenOver: string };
}
