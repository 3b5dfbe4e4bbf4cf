import { demoNodes, type NodeSpec, thisArchitecture } from '@rackwright/testbed';
import type { Suite } from './suite.ts';

/** The nodes of the demo, each with the hardware of every suite. */
export function nodesOf(suites: readonly Suite[]): NodeSpec[] {
  return demoNodes.map(({ name, ...node }) => ({
    ...node,
    name,
    host: Object.assign({ nics: [] }, ...suites.map(({ hosts }) => hosts[name])),
  }));
}

/** Values the chart is installed with for `suites`. */
export function valuesOf(suites: readonly Suite[]): string[] {
  return [...suites.flatMap(({ values }) => values), thisArchitecture];
}
