import type { KubeObject } from '../objects.ts';
import type { ObjectReference } from './common.ts';

/** coordination.k8s.io/v1. The times are MicroTime: RFC 3339 with exactly six decimals. */
export interface Lease extends KubeObject {
  spec?: {
    holderIdentity?: string;
    leaseDurationSeconds?: number;
    acquireTime?: string;
    renewTime?: string;
    leaseTransitions?: number;
  };
}

/** events.k8s.io/v1. */
export interface Event extends KubeObject {
  /** MicroTime of the first occurrence. */
  eventTime?: string | null;
  series?: { count: number; lastObservedTime: string };
  /** When it last happened, of events written through the older API. */
  deprecatedLastTimestamp?: string | null;
  reportingController?: string;
  reportingInstance?: string;
  action?: string;
  reason?: string;
  regarding?: ObjectReference;
  related?: ObjectReference;
  note?: string;
  type?: 'Normal' | 'Warning';
}
