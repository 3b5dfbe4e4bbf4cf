import { aidaptivCaches } from '@rackwright/api';
import { claimOf } from '../../claim/installation.ts';
import type { RemovalState, RemovedKind } from '../../removal/removed-kind.ts';
import { carryOut } from '../carry-out.ts';
import { type Plan, planDeletion } from '../plan.ts';
import type { Snapshot } from '../snapshot.ts';
import { readState, takeBackRest } from './state.ts';

/** What is there of the AidaptivCache at one moment of a removal. */
interface CacheRemovalState extends RemovalState {
  readonly snapshot: Snapshot;
}

/** How the AidaptivCache is taken away without its operator. The volumes of nodes stay as they are, with their data. */
export const removedCaches: RemovedKind<CacheRemovalState, Plan> = {
  type: aidaptivCaches,
  logField: 'aidaptivcache',
  readState: async (client, scope, signal) => {
    const snapshot = await readState(client, scope, signal);
    return { snapshot, objects: snapshot.cache === undefined ? [] : [snapshot.cache] };
  },
  agentsOf: (_cache, { snapshot }) => snapshot.daemonSets,
  // The operator that leads may run no controller of AidaptivCaches.
  isLookedAfter: (cache) => claimOf(cache) !== undefined,
  plan: (cache, { snapshot }) => planDeletion(cache, snapshot),
  carryOut,
  takeBackRest,
};
