import { pmemDeployments } from '@rackwright/api';
import { pmem } from '@rackwright/keys';
import type { ClaimedKind } from '../../claim/claimed-kind.ts';

/** One installation looks after the Deployments of a cluster. */
export const claimedOlders: ClaimedKind = {
  type: pmemDeployments,
  check: 'pmemdeployment-exclusivity',
  fieldManager: pmem.fieldManager.operator,
  event: pmem.event,
};
