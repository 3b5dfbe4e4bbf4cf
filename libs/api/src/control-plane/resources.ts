import { rackwright } from '@rackwright/keys';
import { type ResourceType, resourceType } from '@rackwright/kube';
import type { LeaderTermObject } from './types.ts';

// This module must stay free of zod: node agents import it.

/** `leaderterms.rackwright.io`, one in the namespace of each operator. */
export const leaderTerms: ResourceType<LeaderTermObject> = resourceType<LeaderTermObject>({
  group: rackwright.group,
  version: 'v1',
  plural: 'leaderterms',
  kind: 'LeaderTerm',
  namespaced: true,
});
