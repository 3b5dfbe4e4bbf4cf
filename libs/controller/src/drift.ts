import type { KubeObject } from '@rackwright/kube';
import { differences } from './differences.ts';
import { groupOf } from './owner.ts';

/**
 * The fields of `live` that are not as `desired` wants them, in words. Only what
 * is applied counts: not identity, which is equal already, and not status.
 */
export function driftOf(desired: KubeObject, live: KubeObject): string[] {
  return differences(comparable(desired), live, { zeroIsAbsent: isBuiltIn(desired) });
}

/** Fields that cannot be changed once an object exists, by group and kind. */
const immutable: Readonly<Record<string, string>> = {
  'apps/DaemonSet': 'spec.selector',
  'apps/Deployment': 'spec.selector',
  'rbac.authorization.k8s.io/ClusterRoleBinding': 'roleRef',
  'rbac.authorization.k8s.io/RoleBinding': 'roleRef',
};

/** True if `live` can only become `desired` by being deleted and created anew. */
export function mustBeRecreated(desired: KubeObject, live: KubeObject): boolean {
  const path = immutable[`${groupOf(desired.apiVersion ?? '')}/${desired.kind ?? ''}`];
  if (path === undefined) return false;
  const [before, after] = [fieldAt(live, path), fieldAt(desired, path)];
  const both = { zeroIsAbsent: true };
  // A selector may neither lose nor gain a label, so it is compared both ways.
  return differences(after, before, both).length + differences(before, after, both).length > 0;
}

function fieldAt(object: KubeObject, path: string): unknown {
  let value: unknown = object;
  for (const name of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[name];
  return value;
}

function comparable(object: KubeObject): Record<string, unknown> {
  const {
    apiVersion: _a,
    kind,
    metadata,
    status: _s,
    ...rest
  } = object as KubeObject & Record<string, unknown>;
  const { labels, annotations, finalizers, ownerReferences } = metadata ?? {};
  const body = kind === 'Secret' ? secretAsStored(rest) : rest;
  return { metadata: { labels, annotations, finalizers, ownerReferences }, ...body };
}

/** The server keeps `stringData` as base64 in `data`. */
function secretAsStored({ stringData, ...rest }: Record<string, unknown>): Record<string, unknown> {
  if (stringData === undefined) return rest;
  const encoded = Object.entries(stringData as Record<string, string>).map(([name, text]) => [
    name,
    Buffer.from(text).toString('base64'),
  ]);
  return { ...rest, data: { ...(rest.data as object | undefined), ...Object.fromEntries(encoded) } };
}

/** Kubernetes' own groups have no dot or end in k8s.io. */
function isBuiltIn(object: KubeObject): boolean {
  const group = groupOf(object.apiVersion ?? '');
  return !group.includes('.') || group.endsWith('.k8s.io');
}
