import type { Access, ClusterLookups, ClusterView, Requester } from '@rackwright/api';
import {
  apiVersionOf,
  ignoreNotFound,
  type KubeClient,
  type KubeObject,
  type ResourceType,
} from '@rackwright/kube';

/** Objects read per page while looking for one. */
const pageSize = 500;
/** Longest a look into the cluster may take: well below the time the API server waits for an answer. */
const lookMs = 4000;

interface Page<T> {
  readonly metadata?: { readonly continue?: string };
  readonly items?: readonly T[];
}

/** The cluster as a client sees it. Pages are dropped as soon as they were looked at. */
export function clusterView(client: Pick<KubeClient, 'request' | 'get'>): ClusterView & ClusterLookups {
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
    get: (type, key) => ignoreNotFound(client.get(type, key, { timeoutMs: lookMs })),
    mayAccess: async (requester, access) => {
      const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
      const body = accessReview(requester, access);
      const review = await client.request<AccessReview>('POST', path, { body, timeoutMs: lookMs });
      return review.status?.allowed === true;
    },
  };
}

interface AccessReview {
  readonly status?: { readonly allowed?: boolean };
}

function accessReview({ username, ...who }: Requester, access: Access): object {
  return {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { user: username, ...who, resourceAttributes: access },
  };
}
