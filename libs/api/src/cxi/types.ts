import type { KubeObject } from '@rackwright/kube';
import type * as z from 'zod';
import type { Exact } from '../schema/exact.ts';
import type { cxiDeviceSpecSchema, cxiDeviceStatusSchema } from './device-schema.ts';
import type { cxiDriverSpecSchema } from './driver-schema.ts';
import type { cxiDriverStatusSchema } from './driver-status-schema.ts';

/** What a user writes under `spec` of a CXIDriver; every field with a default may be left out. */
export type CxiDriverSpecInput = Exact<z.input<typeof cxiDriverSpecSchema>>;

/** The `spec` of a CXIDriver with all defaults filled in, as the API server stores it. */
export type CxiDriverSpec = Exact<z.output<typeof cxiDriverSpecSchema>>;

export type CxiDriverStatus = Exact<z.output<typeof cxiDriverStatusSchema>>;

/** `cxi.hpe.com/v1` CXIDriver: how the NICs of the selected nodes are driven and offered. */
export interface CxiDriver extends KubeObject {
  spec: CxiDriverSpec;
  status?: CxiDriverStatus;
}

export type CxiDeviceSpec = Exact<z.output<typeof cxiDeviceSpecSchema>>;

export type CxiDeviceStatus = Exact<z.output<typeof cxiDeviceStatusSchema>>;

/** `cxi.hpe.com/v1` CXIDevice: one NIC of one node. The driver-agent of that node writes all but its spec. */
export interface CxiDeviceObject extends KubeObject {
  spec?: CxiDeviceSpec;
  status?: CxiDeviceStatus;
}
