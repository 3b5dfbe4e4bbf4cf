import { cxi, kubernetes } from '@rackwright/keys';
import type { ConfigMap, KubeObject } from '@rackwright/kube';
import { activeObject } from '@rackwright/manager';
import { nameOf } from './manifests/identity.ts';

/** The one CXIDriver that counts. */
export function activeDriver(drivers: readonly KubeObject[]): string | undefined {
  const active = activeObject(drivers);
  return active === undefined ? undefined : nameOf(active);
}

/** The driver the ConfigMap of older tools names. */
export function recordedDriver(record: ConfigMap | undefined): string | undefined {
  const name = record?.data?.[cxi.singletonKey];
  return name === '' ? undefined : name;
}

/**
 * The ConfigMap with `active` as the driver, or without one. It carries the
 * version it was read at, so that of two writers one is refused. Undefined when
 * there is nothing to write.
 */
export function recordFor(
  active: string | undefined,
  record: ConfigMap | undefined,
  namespace: string,
): ConfigMap | undefined {
  if (recordedDriver(record) === active) return undefined;
  const { [cxi.singletonKey]: _, ...others } = record?.data ?? {};
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      ...record?.metadata,
      name: cxi.singletonConfigMap,
      namespace,
      labels: { ...record?.metadata?.labels, [kubernetes.label.managedBy]: cxi.managedBy },
    },
    data: active === undefined ? others : { ...others, [cxi.singletonKey]: active },
  };
}
