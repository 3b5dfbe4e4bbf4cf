import type { KubeObject } from '@rackwright/kube';
import { differences } from './differences.ts';
import { groupOf } from './owner.ts';

/**
 * The fields of `live` that are not as `desired` wants them, in words. Only what
 * is applied counts: not identity, which is equal already, and not status.
 */
export function driftOf(desired: KubeObject, live: KubeObject): string[] {
  const told = differences(comparable(desired), live, { zeroIsAbsent: isBuiltIn(desired) });
  return desired.kind === 'Secret' ? told.map(withoutSecret) : told;
}

/** What a Secret holds is told to nobody: not to logs, not to a status. */
function withoutSecret(difference: string): string {
  return difference.replace(/^(data[^:]*): .*$/s, '$1: not what it should be');
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
