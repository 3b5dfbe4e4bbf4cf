import { ais } from '@rackwright/keys';
import { type ResourceType, resourceType } from '@rackwright/kube';
import type { AIStore, AIStoreAuth, AIStoreAuthProfile, OlderAIStore } from './types.ts';

// This module must stay free of zod, as those of the other families.

const { group, version, olderVersion, authGroup, authVersion } = ais;

/** `aistores.ais.nvidia.com`, as they are stored. */
export const aistores: ResourceType<AIStore> = resourceType<AIStore>({
  ...{ group, version },
  ...{ plural: 'aistores', kind: 'AIStore', namespaced: true },
});

/** The same as the first operator had them. */
export const olderAistores: ResourceType<OlderAIStore> = resourceType<OlderAIStore>({
  ...{ group, version: olderVersion },
  ...{ plural: 'aistores', kind: 'AIStore', namespaced: true },
});

/** `aistoreauths.auth.ais.nvidia.com`. */
export const aistoreAuths: ResourceType<AIStoreAuth> = resourceType<AIStoreAuth>({
  ...{ group: authGroup, version: authVersion },
  ...{ plural: 'aistoreauths', kind: 'AIStoreAuth', namespaced: true },
});

/** `aistoreauthprofiles.auth.ais.nvidia.com`, cluster-scoped. */
export const aistoreAuthProfiles: ResourceType<AIStoreAuthProfile> = resourceType<AIStoreAuthProfile>({
  ...{ group: authGroup, version: authVersion },
  ...{ plural: 'aistoreauthprofiles', kind: 'AIStoreAuthProfile', namespaced: false },
});
