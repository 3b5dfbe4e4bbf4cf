import type { csi } from '@rackwright/csi';

/**
 * The nodes a volume may be made on, the best first: those that are preferred,
 * then the others that will do. A place that names no node is every node.
 *
 * @param key label of nodes, such as `pmem-csi.intel.com/node`
 * @param nodes all that can be had
 */
export function candidatesOf<N extends { readonly id: string }>(
  requirement: csi.TopologyRequirement | undefined,
  key: string,
  nodes: readonly N[],
): N[] {
  const { preferred = [], requisite = [] } = requirement ?? {};
  const places = [...preferred, ...requisite];
  if (places.length === 0) return [...nodes];
  const fitting = places.flatMap(({ segments }) => {
    const name = segments[key];
    return name === undefined ? nodes : nodes.filter(({ id }) => id === name);
  });
  return [...new Set(fitting)];
}
