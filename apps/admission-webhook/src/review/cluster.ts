import type { ClusterView } from '@rackwright/api';
import { apiVersionOf, type KubeClient, type KubeObject, type ResourceType } from '@rackwright/kube';

/** Objects read per page while looking for one. */
const pageSize = 500;
/** Longest a look into the cluster may take: well below the time the API server waits for an answer. */
const lookMs = 4000;

interface Page<T> {
  readonly metadata?: { readonly continue?: string };
  readonly items?: readonly T[];
}

/** The cluster as a client sees it. Pages are dropped as soon as they were looked at. */
export function clusterView(client: Pick<KubeClient, 'request'>): ClusterView {
  return {
    some: async <T extends KubeObject>(type: ResourceType<T>, found: (object: T) => boolean) => {
      const path = `${type.group === '' ? '/api' : '/apis'}/${apiVersionOf(type)}/${type.plural}`;
      for (let token: string | undefined = ''; token !== undefined; ) {
        const query = { limit: pageSize, ...(token === '' ? {} : { continue: token }) };
        const page: Page<T> = await client.request<Page<T>>('GET', path, { query, timeoutMs: lookMs });
        if (page.items?.some(found) === true) return true;
        token = page.metadata?.continue || undefined;
      }
      return false;
    },
  };
}
