import { demoNodes, type NodeSpec, thisArchitecture } from '@rackwright/testbed';

/**
 * The nodes of the demo, but the second has four NICs, two on each of its two
 * NUMA nodes, so that aligning them can be seen.
 */
export const caseNodes: readonly NodeSpec[] = demoNodes.map((node) =>
  node.name === 'node-c2'
    ? {
        ...node,
        host: {
          ...node.host,
          numaNodes: 2,
          nics: [0, 0, 1, 1].map((numaNode, i) => ({ generation: 2, numaNode, nid: 0x50 + i })),
        },
      }
    : node,
);

/** Values every bed installs with. */
export const bedValues = [
  // Three nodes need not be updated one after the other.
  'cxi.driver.spec.updateStrategy.maxUnavailable=100%',
  thisArchitecture,
];
