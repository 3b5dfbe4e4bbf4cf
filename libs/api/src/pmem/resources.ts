import { pmem } from '@rackwright/keys';
import { type ResourceType, resourceType } from '@rackwright/kube';
import type { PmemCsiDeployment } from './types.ts';

// This module must stay free of zod: node agents import it.

const { group, version } = pmem;

/** `pmemcsideployments.pmem-csi.intel.com`, cluster-scoped. */
export const pmemCsiDeployments: ResourceType<PmemCsiDeployment> = resourceType<PmemCsiDeployment>({
  ...{ group, version },
  plural: 'pmemcsideployments',
  kind: 'PmemCSIDeployment',
  namespaced: false,
});
