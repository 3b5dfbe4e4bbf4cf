import { cxi } from '@rackwright/keys';
import { type ResourceType, resourceType } from '@rackwright/kube';
import type { CxiDeviceObject, CxiDriver } from './types.ts';

// This module must stay free of zod: node agents import it.

/** `cxidrivers.cxi.hpe.com`, cluster-scoped. */
export const cxiDrivers: ResourceType<CxiDriver> = resourceType<CxiDriver>({
  group: cxi.group,
  version: cxi.version,
  plural: 'cxidrivers',
  kind: 'CXIDriver',
  namespaced: false,
});

/** `cxidevices.cxi.hpe.com`, cluster-scoped. */
export const cxiDevices: ResourceType<CxiDeviceObject> = resourceType<CxiDeviceObject>({
  group: cxi.group,
  version: cxi.version,
  plural: 'cxidevices',
  kind: 'CXIDevice',
  namespaced: false,
});
