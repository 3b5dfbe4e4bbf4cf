import { pmemCsiDeployments } from '@rackwright/api';
import { pmem } from '@rackwright/keys';
import type { ClaimedKind } from '../claim/claimed-kind.ts';

/** One installation looks after the PmemCSIDeployments of a cluster. */
export const claimedDeployments: ClaimedKind = {
  type: pmemCsiDeployments,
  check: 'pmemcsideployment-exclusivity',
  fieldManager: pmem.fieldManager.operator,
  event: pmem.event,
};
