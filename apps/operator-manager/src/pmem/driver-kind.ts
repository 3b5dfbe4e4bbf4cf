import {
  type PmemCsiDeploymentStatus,
  pmemCsiDeployments,
  pmemDeployments,
  type ReadDriver,
  readPmemCsiDeployment,
  readPmemDeployment,
} from '@rackwright/api';
import { pmem } from '@rackwright/keys';
import type { KubeObject, ResourceType } from '@rackwright/kube';

/** A kind of object that asks for a driver. */
export interface DriverKind {
  readonly type: ResourceType<DriverObject>;
  readonly read: ReadDriver;
  /** Name of the cache with the objects of this kind. */
  readonly cache: 'nodeLocal' | 'central';
  /** Value of the label that tells what is made for it from what is made for the other kind. */
  readonly managedBy: string;
  /** What log lines call it. */
  readonly logField: string;
  /** Kind of its controller's workload. */
  readonly controller: 'Deployment' | 'StatefulSet';
}

/** An object of one of these kinds, as far as both are alike. */
export interface DriverObject extends KubeObject {
  spec?: object;
  status?: PmemCsiDeploymentStatus;
}

/** PmemCSIDeployment: every node makes its own volumes. */
export const nodeLocalDrivers: DriverKind = {
  type: pmemCsiDeployments,
  read: readPmemCsiDeployment,
  cache: 'nodeLocal',
  managedBy: pmem.managedBy,
  logField: 'pmemcsideployment',
  controller: 'Deployment',
};

/** Deployment of the first operator: a controller asks the nodes for volumes. */
export const centralDrivers: DriverKind = {
  type: pmemDeployments,
  read: readPmemDeployment,
  cache: 'central',
  managedBy: pmem.olderManagedBy,
  logField: 'pmemdeployment',
  controller: 'StatefulSet',
};
