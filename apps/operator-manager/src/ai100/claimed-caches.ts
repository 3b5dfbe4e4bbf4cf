import { aidaptivCaches } from '@rackwright/api';
import { aidaptivCache } from '@rackwright/keys';
import type { ClaimedKind } from '../claim/claimed-kind.ts';

/** One installation looks after the AidaptivCache of a cluster. */
export const claimedCaches: ClaimedKind = {
  type: aidaptivCaches,
  check: 'aidaptivcache-exclusivity',
  fieldManager: aidaptivCache.fieldManager.operator,
  event: aidaptivCache.event,
};
