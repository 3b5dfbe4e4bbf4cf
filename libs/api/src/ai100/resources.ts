import { aidaptivCache } from '@rackwright/keys';
import { type ResourceType, resourceType } from '@rackwright/kube';
import type { AidaptivCache, AidaptivCacheNode, PhisonDeviceOperator } from './types.ts';

// This module must stay free of zod: node agents import it.

const { group, version, olderVersion } = aidaptivCache;

/** `aidaptivcaches.operators.phison.com`, cluster-scoped. */
export const aidaptivCaches: ResourceType<AidaptivCache> = resourceType<AidaptivCache>({
  ...{ group, version },
  plural: 'aidaptivcaches',
  kind: 'AidaptivCache',
  namespaced: false,
});

/** `aidaptivcachenodes.operators.phison.com`, cluster-scoped. */
export const aidaptivCacheNodes: ResourceType<AidaptivCacheNode> = resourceType<AidaptivCacheNode>({
  ...{ group, version },
  plural: 'aidaptivcachenodes',
  kind: 'AidaptivCacheNode',
  namespaced: false,
});

/** `phisondeviceoperators.operators.phison.com`, the older operator's kind. */
export const phisonDeviceOperators: ResourceType<PhisonDeviceOperator> = resourceType<PhisonDeviceOperator>({
  ...{ group, version: olderVersion },
  plural: 'phisondeviceoperators',
  kind: 'PhisonDeviceOperator',
  namespaced: true,
});
