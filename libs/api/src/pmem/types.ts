import type { KubeObject } from '@rackwright/kube';
import type * as z from 'zod';
import type { Exact } from '../schema/exact.ts';
import type { pmemCsiDeploymentSpecSchema } from './deployment-schema.ts';
import type { pmemCsiDeploymentStatusSchema } from './deployment-status-schema.ts';

/** The `spec` of a PmemCSIDeployment. Defaults are never written back, so every field may be absent. */
export type PmemCsiDeploymentSpec = Exact<NonNullable<z.output<typeof pmemCsiDeploymentSpecSchema>>>;

export type PmemCsiDeploymentStatus = Exact<z.output<typeof pmemCsiDeploymentStatusSchema>>;

/** `pmem-csi.intel.com/v1beta1` PmemCSIDeployment: one CSI driver for the persistent memory of a cluster. */
export interface PmemCsiDeployment extends KubeObject {
  spec?: PmemCsiDeploymentSpec;
  status?: PmemCsiDeploymentStatus;
}
