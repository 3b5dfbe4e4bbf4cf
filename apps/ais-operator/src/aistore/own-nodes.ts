import type { AIStoreSpec } from '@rackwright/api';
import type { Node } from '@rackwright/kube';

/** Whether pods of either role of a cluster may be on a node, by its labels; without a selector on any. */
export function mayHavePods({ proxySpec, targetSpec }: AIStoreSpec, { metadata }: Node): boolean {
  return [proxySpec, targetSpec].some(({ nodeSelector = {} }) =>
    Object.entries(nodeSelector).every(([key, value]) => metadata?.labels?.[key] === value),
  );
}
