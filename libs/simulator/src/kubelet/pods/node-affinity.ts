import type { NodeSelectorTerm } from '@rackwright/kube';
import type { Pod } from '../pod-model.ts';

/** What pods choose nodes by. */
export interface NodeIdentity {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

type Requirement = NonNullable<NodeSelectorTerm['matchExpressions']>[number];

/** The requirement of a pod that a node does not meet, in words; undefined if it meets them all. */
export function unmetAffinity({ spec }: Pod, node: NodeIdentity): string | undefined {
  for (const [key, value] of Object.entries(spec.nodeSelector ?? {})) {
    if (node.labels[key] !== value) return `the node has no label ${key}=${value}`;
  }
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (required === undefined || required.nodeSelectorTerms.some((term) => isMet(term, node)))
    return undefined;
  return 'the node meets no term of its node affinity';
}

/** A term without requirements matches no node. */
function isMet({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, node: NodeIdentity): boolean {
  const fields = { 'metadata.name': node.name };
  if (matchExpressions.length + matchFields.length === 0) return false;
  return (
    matchExpressions.every((one) => holds(one, node.labels)) && matchFields.every((one) => holds(one, fields))
  );
}

function holds({ key, operator, values = [] }: Requirement, of: Readonly<Record<string, string>>): boolean {
  const value = of[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return isInteger(value) && Number(value) > Number(values[0]);
    case 'Lt':
      return isInteger(value) && Number(value) < Number(values[0]);
    default:
      return false;
  }
}

function isInteger(value: string | undefined): boolean {
  return value !== undefined && /^[+-]?\d+$/.test(value);
}
