import type { KubeObject } from '@rackwright/kube';
import type * as z from 'zod';
import type { Exact } from '../schema/exact.ts';
import type { pmemCsiDeploymentSpecSchema } from './deployment-schema.ts';
import type { pmemCsiDeploymentStatusSchema } from './deployment-status-schema.ts';
import type { pmemDeploymentSpecSchema } from './older-deployment-schema.ts';

/** The `spec` of a PmemCSIDeployment. Defaults are never written back, so every field may be absent. */
export type PmemCsiDeploymentSpec = Exact<NonNullable<z.output<typeof pmemCsiDeploymentSpecSchema>>>;

export type PmemCsiDeploymentStatus = Exact<z.output<typeof pmemCsiDeploymentStatusSchema>>;

/** `pmem-csi.intel.com/v1beta1` PmemCSIDeployment: one CSI driver for the persistent memory of a cluster. */
export interface PmemCsiDeployment extends KubeObject {
  spec?: PmemCsiDeploymentSpec;
  status?: PmemCsiDeploymentStatus;
}

/** The `spec` of a Deployment of the first operator; every field may be absent. */
export type PmemDeploymentSpec = Exact<NonNullable<z.output<typeof pmemDeploymentSpecSchema>>>;

/** `pmem-csi.intel.com/v1alpha1` Deployment: the same with one controller that makes the volumes of all nodes. */
export interface PmemDeployment extends KubeObject {
  spec?: PmemDeploymentSpec;
  status?: PmemCsiDeploymentStatus;
}
