import { isGone, isNotFound, notServed } from './error.ts';
import type { KubeObject } from './objects.ts';
import type { ListOptions, Selection } from './options.ts';
import { apiVersionOf, collectionPath, type ResourceType } from './resource-type.ts';
import { callOptions, type Rest } from './rest.ts';

/** How often a list starts again because its continue token expired. */
const maxRestarts = 3;
const defaultPageSize = 500;

/** Objects as they were at one moment. */
export interface ObjectList<T extends KubeObject> {
  readonly items: T[];
  /** Where a watch goes on from. */
  readonly resourceVersion: string;
}

interface Page<T> {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly T[] | null;
}

/**
 * Reads all pages. When the server forgets the state half-way (410), what was
 * read is thrown away and the list starts again: pages of two states must not mix.
 *
 * @throws KubeError NotFound with reason NotServed when the API server does not know the kind
 */
export async function listAll<T extends KubeObject>(
  rest: Rest,
  type: ResourceType<T>,
  options: ListOptions<T>,
): Promise<ObjectList<T>> {
  for (let restarts = 0; ; restarts++) {
    try {
      return await listOnce(rest, type, options);
    } catch (error) {
      if (isNotFound(error)) throw notServed(type, error);
      if (!isGone(error) || restarts === maxRestarts) throw error;
    }
  }
}

async function listOnce<T extends KubeObject>(
  rest: Rest,
  type: ResourceType<T>,
  options: ListOptions<T>,
): Promise<ObjectList<T>> {
  const items: T[] = [];
  const typeMeta = { apiVersion: apiVersionOf(type), kind: type.kind };
  const path = collectionPath(type, options.namespace);
  const limit = options.pageSize ?? defaultPageSize;
  let next = '';
  for (;;) {
    const page = await rest.request<Page<T>>('GET', path, {
      ...callOptions(options),
      query: { ...selectionQuery(options), limit, continue: next || undefined },
    });
    // The items of a list do not say what they are.
    for (const item of page.items ?? []) {
      const whole = { ...typeMeta, ...item };
      items.push(options.trim === undefined ? whole : options.trim(whole));
    }
    next = page.metadata?.continue ?? '';
    if (next === '') return { items, resourceVersion: page.metadata?.resourceVersion ?? '' };
  }
}

/** The selectors as query parameters. */
export function selectionQuery({
  labelSelector,
  fieldSelector,
}: Selection): Record<string, string | undefined> {
  return { labelSelector, fieldSelector };
}
