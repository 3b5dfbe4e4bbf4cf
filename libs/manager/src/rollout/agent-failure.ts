import { compareText } from '@rackwright/core';

/** Why something does not run, and what helps, in words. */
export interface Cause {
  readonly cause: string;
  readonly remedy: string;
}

/** An agent that is not ready: one pod, or the pods of several nodes that were refused before they existed. */
export interface AgentFailure<C extends string = string> extends Cause {
  readonly component: C;
  /** Absent when the pod has no node yet, or there is no pod. */
  readonly node?: string;
  readonly pod?: string;
  /** How many nodes it concerns. */
  readonly nodes: number;
  /** False while the pod may simply need more time. */
  readonly definite: boolean;
}

/** The first failure in one sentence, and how many nodes more have one; empty when there is none. */
export function describeFailures(failures: readonly AgentFailure[]): string {
  const [first, ...others] = [...failures].sort(byWeight);
  if (first === undefined) return '';
  const more = others.reduce((sum, { nodes }) => sum + nodes, 0);
  return `${sentence(first)}${more === 0 ? '' : `, and ${more} more`}`;
}

/** The names of the nodes, and how many nodes have no name. */
export function failedNodes(failures: readonly AgentFailure[]): { named: Set<string>; unnamed: number } {
  const named = new Set(failures.flatMap(({ node }) => node ?? []));
  const unnamed = new Map<string, number>();
  for (const { component, node, nodes } of failures) {
    if (node === undefined) unnamed.set(component, (unnamed.get(component) ?? 0) + nodes);
  }
  // Agents refused for the same reason are mostly meant for the same nodes.
  return { named, unnamed: Math.max(0, ...unnamed.values()) };
}

function sentence({ component, node, pod, nodes, cause, remedy }: AgentFailure): string {
  const on = node === undefined ? (nodes === 1 ? '1 node' : `${nodes} nodes`) : `node ${node}`;
  const which = pod === undefined ? '' : ` (pod ${pod})`;
  return `${component} on ${on}${which}: ${cause}; ${remedy}`;
}

/** What is certain before what may pass, what concerns most nodes before the rest, then by name. */
function byWeight(a: AgentFailure, b: AgentFailure): number {
  return (
    Number(b.definite) - Number(a.definite) ||
    b.nodes - a.nodes ||
    compareText(a.node ?? '', b.node ?? '') ||
    compareText(a.pod ?? '', b.pod ?? '') ||
    compareText(a.component, b.component)
  );
}

/** A message of the kubelet or the API server on one line of bearable length. */
export function brief(message: string | undefined): string {
  const line = (message ?? '').replace(/\s+/g, ' ').trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}
