import { kubernetes } from '@rackwright/keys';
import type { NodeSelectorTerm } from '@rackwright/kube';

type Expression = NonNullable<NodeSelectorTerm['matchExpressions']>[number];
type Labels = Readonly<Record<string, string>>;

/** Labels of nodes without a kubelet of their own. The charts name the same in _placement.tpl. */
const marks = Object.entries<readonly string[]>(kubernetes.virtualNodeLabels);

/**
 * Keeps agents off nodes that have no kubelet: virtual ones, whose pods run
 * somewhere else, and simulated ones. There is no NIC to serve, and an agent
 * there never becomes ready. Who selects nodes by one of the labels wants them.
 */
export function noVirtualNodes(nodeSelector: Labels): Expression[] {
  return wantedMarks(nodeSelector).map(([key, values]) =>
    values.length === 0 ? { key, operator: 'DoesNotExist' } : { key, operator: 'NotIn', values: [...values] },
  );
}

/** Label selectors that together find the nodes passed over, of those `nodeSelector` names. */
export function virtualNodeSelectors(nodeSelector: Labels): string[] {
  const wanted = Object.entries(nodeSelector).map(([key, value]) => `${key}=${value}`);
  return wantedMarks(nodeSelector).map(([key, values]) =>
    [values.length === 0 ? key : `${key} in (${values.join()})`, ...wanted].join(),
  );
}

function wantedMarks(nodeSelector: Labels): (readonly [string, readonly string[]])[] {
  return marks.filter(([key]) => !Object.hasOwn(nodeSelector, key));
}
