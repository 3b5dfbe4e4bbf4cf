import { cxiDrivers } from '@rackwright/api';
import { cxi, cxiEvent } from '@rackwright/keys';
import type { ClaimedKind } from '../claim/claimed-kind.ts';

/** One installation looks after the CXIDrivers of a cluster. */
export const claimedDrivers: ClaimedKind = {
  type: cxiDrivers,
  check: 'exclusivity',
  fieldManager: cxi.fieldManager.operator,
  event: cxiEvent,
};
