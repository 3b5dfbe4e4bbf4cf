import type { KubeObject } from '@rackwright/kube';
import type * as z from 'zod';
import type { Exact } from '../schema/exact.ts';
import type { aistoreSpecSchema } from './aistore-schema.ts';
import type { aistoreStatusSchema } from './aistore-status-schema.ts';
import type { aistoreAuthProfileSpecSchema } from './auth-profile-schema.ts';
import type { aistoreAuthSpecSchema, aistoreAuthStatusSchema } from './auth-schema.ts';
import type { olderAistoreSpecSchema, olderAistoreStatusSchema } from './older-aistore-schema.ts';

/** The `spec` of an AIStore with all defaults filled in, as the API server stores it. */
export type AIStoreSpec = Exact<z.output<typeof aistoreSpecSchema>>;

/** What a user writes under `spec` of an AIStore. */
export type AIStoreSpecInput = Exact<z.input<typeof aistoreSpecSchema>>;

export type AIStoreStatus = Exact<z.output<typeof aistoreStatusSchema>>;

/** `ais.nvidia.com/v1beta1` AIStore: one cluster of AIStore. */
export interface AIStore extends KubeObject {
  spec: AIStoreSpec;
  status?: AIStoreStatus;
}

/** `ais.nvidia.com/v1alpha1` AIStore, as the first operator had it. */
export interface OlderAIStore extends KubeObject {
  spec: Exact<z.output<typeof olderAistoreSpecSchema>>;
  status?: Exact<z.output<typeof olderAistoreStatusSchema>>;
}

/** `.spec.proxySpec` or, but for mounts and how targets go, `.spec.targetSpec`. */
export type AIStoreRoleSpec = AIStoreSpec['proxySpec'];

export type AIStoreTargetSpec = AIStoreSpec['targetSpec'];

export type AIStoreConfig = NonNullable<AIStoreSpec['configToUpdate']>;

export type AIStoreAuthSpec = Exact<z.output<typeof aistoreAuthSpecSchema>>;

export type AIStoreAuthStatus = Exact<z.output<typeof aistoreAuthStatusSchema>>;

/** `auth.ais.nvidia.com/v1alpha1` AIStoreAuth: one AuthN, which gives tokens for clusters. */
export interface AIStoreAuth extends KubeObject {
  spec: AIStoreAuthSpec;
  status?: AIStoreAuthStatus;
}

export type AIStoreAuthProfileSpec = Exact<z.output<typeof aistoreAuthProfileSpecSchema>>;

/** `auth.ais.nvidia.com/v1alpha1` AIStoreAuthProfile: where and how the operator logs in. */
export interface AIStoreAuthProfile extends KubeObject {
  spec: AIStoreAuthProfileSpec;
}
