import { compareText } from '@rackwright/core';
import { cxi } from '@rackwright/keys';
import type { Node } from '@rackwright/kube';

/** A node whose NICs cannot be trusted before it is rebooted. */
export interface RebootNode {
  readonly name: string;
  /** What its driver agent says about it. */
  readonly message: string;
}

/** Selects the nodes a cache holds for this: few, whatever the size of the cluster. */
export const rebootSelector = `${cxi.label.rebootRequired}=true`;

/** Keeps of a Node what is read here. */
export function trimRebootNode({ apiVersion, kind, metadata, status }: Node): Node {
  const { name = '', uid = '', resourceVersion = '', labels = {} } = metadata ?? {};
  const conditions = (status?.conditions ?? []).filter(
    ({ type }) => type === cxi.nodeCondition.rebootRequired,
  );
  return {
    ...(apiVersion === undefined ? {} : { apiVersion }),
    ...(kind === undefined ? {} : { kind }),
    metadata: { name, uid, resourceVersion, labels },
    status: { conditions },
  };
}

/** Those of `nodes` a driver is meant for. */
export function rebootNodesOf(
  nodes: readonly Node[],
  nodeSelector: Readonly<Record<string, string>>,
): RebootNode[] {
  return nodes
    .filter(({ metadata }) =>
      Object.entries(nodeSelector).every(([key, value]) => metadata?.labels?.[key] === value),
    )
    .map(({ metadata, status }) => ({
      name: metadata?.name ?? '',
      message: status?.conditions?.[0]?.message ?? 'a retry handler died under load',
    }))
    .sort((a, b) => compareText(a.name, b.name));
}

/** The first of the nodes, why and what helps, and how many there are more. */
export function describeReboots([first, ...others]: readonly RebootNode[]): string {
  if (first === undefined) return '';
  const more = others.length === 0 ? '' : `, and ${others.length} more`;
  return `node ${first.name} must be rebooted: ${first.message}; drain and reboot it${more}`;
}
