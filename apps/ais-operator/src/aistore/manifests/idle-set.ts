import type { StatefulSet } from '@rackwright/kube';

/** A StatefulSet as it is, without pods. */
export function idleSet({ apiVersion, kind, metadata = {}, spec }: StatefulSet): StatefulSet {
  const { name, namespace, labels, ownerReferences } = metadata;
  return {
    ...{ apiVersion: apiVersion ?? 'apps/v1', kind: kind ?? 'StatefulSet' },
    metadata: { name, namespace, labels, ownerReferences },
    ...(spec === undefined ? {} : { spec: { ...spec, replicas: 0 } }),
  } as StatefulSet;
}

/** Whether no pod of it is left. */
export function isIdle({ spec, status }: StatefulSet): boolean {
  return spec?.replicas === 0 && (status?.replicas ?? 0) === 0;
}
