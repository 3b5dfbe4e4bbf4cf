import type { KubeObject } from '@rackwright/kube';
import type * as z from 'zod';
import type { Exact } from '../schema/exact.ts';
import type { aidaptivCacheSpecSchema } from './cache-schema.ts';
import type { aidaptivCacheStatusSchema } from './cache-status-schema.ts';
import type { aidaptivCacheNodeStatusSchema } from './node-schema.ts';
import type { phisonDeviceOperatorSpecSchema, phisonDeviceOperatorStatusSchema } from './phison-schema.ts';

/** What a user writes under `spec` of an AidaptivCache; every field may be left out. */
export type AidaptivCacheSpecInput = Exact<NonNullable<z.input<typeof aidaptivCacheSpecSchema>>>;

/** The `spec` of an AidaptivCache with all defaults filled in, as the API server stores it. */
export type AidaptivCacheSpec = Exact<z.output<typeof aidaptivCacheSpecSchema>>;

export type AidaptivCacheStatus = Exact<z.output<typeof aidaptivCacheStatusSchema>>;

/** `operators.phison.com/v1beta1` AidaptivCache: how the AI100 cache SSDs of a cluster are used and offered. */
export interface AidaptivCache extends KubeObject {
  spec: AidaptivCacheSpec;
  status?: AidaptivCacheStatus;
}

export type AidaptivCacheNodeStatus = Exact<z.output<typeof aidaptivCacheNodeStatusSchema>>;

/** `operators.phison.com/v1beta1` AidaptivCacheNode: drives and cache of one node, written by its device plugin. */
export interface AidaptivCacheNode extends KubeObject {
  status?: AidaptivCacheNodeStatus;
}

export type PhisonDeviceOperatorSpec = Exact<z.output<typeof phisonDeviceOperatorSpecSchema>>;

export type PhisonDeviceOperatorStatus = Exact<z.output<typeof phisonDeviceOperatorStatusSchema>>;

/** `operators.phison.com/v1alpha1` PhisonDeviceOperator: what users of the older operator wrote. */
export interface PhisonDeviceOperator extends KubeObject {
  spec: PhisonDeviceOperatorSpec;
  status?: PhisonDeviceOperatorStatus;
}
