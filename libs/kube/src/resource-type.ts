import { HwError } from '@rackwright/core';
import type { KubeObject, ObjectKey } from './objects.ts';

/** One kind of object and where the API server serves it. `T` is what its JSON looks like. */
export interface ResourceType<T extends KubeObject = KubeObject> {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** Lower-case plural, as in URLs and RBAC rules. */
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Never set: carries `T` for the compiler. */
  readonly __object?: T;
}

/** Describes a kind, e.g. a custom resource, so that `KubeClient` can serve it. */
export function resourceType<T extends KubeObject>(spec: {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}): ResourceType<T> {
  return Object.freeze({ ...spec });
}

/** `group/version`, or `version` for the core group: what `apiVersion` says. */
export function apiVersionOf(type: ResourceType): string {
  return type.group === '' ? type.version : `${type.group}/${type.version}`;
}

/** `plural.group`, or `plural` for the core group: the name of its CustomResourceDefinition. */
export function resourceName({ group, plural }: ResourceType): string {
  return group === '' ? plural : `${plural}.${group}`;
}

/**
 * URL path of all objects of `type`, in one namespace if given.
 * @throws HwError InvalidArgument when `namespace` is not a path segment
 */
export function collectionPath(type: ResourceType, namespace?: string): string {
  const root = type.group === '' ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`;
  if (!type.namespaced || namespace === undefined || namespace === '') return `${root}/${type.plural}`;
  return `${root}/namespaces/${segment(namespace, 'metadata.namespace')}/${type.plural}`;
}

/**
 * URL path of one object, or of one of its subresources.
 * @throws HwError InvalidArgument when the name is missing, the namespace of a
 *   namespaced kind is missing, or either cannot stand in a path
 */
export function objectPath(type: ResourceType, key: ObjectKey, subresource?: string): string {
  requireNamespace(type, key.namespace);
  const path = `${collectionPath(type, key.namespace)}/${segment(key.name, 'metadata.name')}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

/** @throws HwError InvalidArgument when `type` is namespaced and `namespace` is missing */
export function requireNamespace(type: ResourceType, namespace: string | undefined): void {
  if (!type.namespaced || (namespace !== undefined && namespace !== '')) return;
  throw new HwError('InvalidArgument', `${type.kind} needs a namespace`, { field: 'metadata.namespace' });
}

/** The API server's own rule for path segments (apimachinery pkg/api/validation/path). */
function segment(text: string, field: string): string {
  if (text === '' || text === '.' || text === '..' || /[/%]/.test(text)) {
    throw new HwError('InvalidArgument', `${JSON.stringify(text.slice(0, 253))} cannot be a name`, { field });
  }
  return encodeURIComponent(text);
}
