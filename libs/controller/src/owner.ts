import type { KubeObject, OwnerReference, ResourceType } from '@rackwright/kube';
import { apiVersionOf } from '@rackwright/kube';

/** The reference that makes `owner` the controller of another object. */
export function controllerReference(owner: KubeObject, type: ResourceType): OwnerReference {
  return {
    apiVersion: apiVersionOf(type),
    kind: type.kind,
    name: owner.metadata?.name ?? '',
    uid: owner.metadata?.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** A `map` for a controller's source: from an object to the key of the `type` that controls it. */
export function controllerOf(type: ResourceType): (object: KubeObject) => string[] {
  return (object) => {
    const owner = object.metadata?.ownerReferences?.find((reference) => reference.controller === true);
    if (owner === undefined || owner.kind !== type.kind || groupOf(owner.apiVersion) !== type.group)
      return [];
    const namespace = object.metadata?.namespace;
    return [type.namespaced && namespace !== undefined ? `${namespace}/${owner.name}` : owner.name];
  };
}

/** The group in an `apiVersion`; empty for the core group. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}
