import { isGone, isNotFound, notServed } from './error.ts';
import type { KubeObject } from './objects.ts';
import type { ListOptions, Selection } from './options.ts';
import { apiVersionOf, collectionPath, type ResourceType } from './resource-type.ts';
import { callOptions, type Rest } from './rest.ts';

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
 * read is thrown away, for pages of two states must not mix, and the list is
 * read anew in one piece: pages might expire again and again.
 *
 * @throws KubeError NotFound with reason NotServed when the API server does not know the kind
 */
export async function listAll<T extends KubeObject>(
  rest: Rest,
  type: ResourceType<T>,
  options: ListOptions<T>,
): Promise<ObjectList<T>> {
  try {
    return await listPages(rest, type, options, options.pageSize ?? defaultPageSize).catch((error) => {
      if (!isGone(error)) throw error;
      return listPages(rest, type, options, undefined);
    });
  } catch (error) {
    throw isNotFound(error) ? notServed(type, error) : error;
  }
}

/** @param limit objects per page; undefined for all in one */
async function listPages<T extends KubeObject>(
  rest: Rest,
  type: ResourceType<T>,
  options: ListOptions<T>,
  limit: number | undefined,
): Promise<ObjectList<T>> {
  const items: T[] = [];
  const typeMeta = { apiVersion: apiVersionOf(type), kind: type.kind };
  const path = collectionPath(type, options.namespace);
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
