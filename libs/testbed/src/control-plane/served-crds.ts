import type { Clock } from '@rackwright/core';
import { type CustomResourceDefinition, type KubeClient, resources } from '@rackwright/kube';
import { waitUntil } from '../wait-until.ts';

export interface ServedCrdsOptions {
  readonly client: Pick<KubeClient, 'list' | 'request'>;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Waits until the API server answers for the objects of every CRD. `kubectl wait` ends with an error where a CRD has no
 * conditions yet, and what is established may be unknown to the API server's own cache for a moment.
 */
export async function untilCrdsServed({ client, clock, signal }: ServedCrdsOptions): Promise<void> {
  await waitUntil(
    'the API server to serve every CRD',
    async () => {
      const { items } = await client.list(resources.customResourceDefinitions);
      await Promise.all(items.map((crd) => client.request('GET', pathOf(crd))));
      return true;
    },
    { clock, signal, intervalMs: 50 },
  );
}

/** Of one object in the version they are stored in, which asks no conversion webhook. */
function pathOf({ spec }: CustomResourceDefinition): string {
  const served = spec?.versions.filter((version) => version.served) ?? [];
  const version = served.find(({ storage }) => storage) ?? served[0];
  return `/apis/${spec?.group}/${version?.name}/${spec?.names.plural}?limit=1`;
}
