import { pmem } from '@rackwright/keys';
import { type ResourceType, resourceType } from '@rackwright/kube';
import type { PmemCsiDeployment, PmemDeployment } from './types.ts';

// This module must stay free of zod: node agents import it.

const { group, version, olderVersion } = pmem;

/** `pmemcsideployments.pmem-csi.intel.com`, cluster-scoped. */
export const pmemCsiDeployments: ResourceType<PmemCsiDeployment> = resourceType<PmemCsiDeployment>({
  ...{ group, version },
  plural: 'pmemcsideployments',
  kind: 'PmemCSIDeployment',
  namespaced: false,
});

/** `deployments.pmem-csi.intel.com`, the first operator's kind, cluster-scoped. */
export const pmemDeployments: ResourceType<PmemDeployment> = resourceType<PmemDeployment>({
  ...{ group, version: olderVersion },
  plural: 'deployments',
  kind: 'Deployment',
  namespaced: false,
});
