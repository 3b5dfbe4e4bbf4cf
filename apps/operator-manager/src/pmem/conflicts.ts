import { type AskedDriver, sharesName, usesMemory } from '@rackwright/api';
import type { ComponentState } from '@rackwright/controller';
import { compareText } from '@rackwright/core';
import { pmem } from '@rackwright/keys';
import type { Node } from '@rackwright/kube';
import { nameOf } from './manifests/identity.ts';
import { type Neighbours, selects } from './neighbours.ts';

/** So many nodes are called by their names. */
const namedNodes = 5;

const { condition, reason } = pmem;

/**
 * Whether others have the names of a driver, or its nodes with their memory. Two
 * drivers can share the memory of a node where the percentages of both leave room,
 * so this decides nothing.
 */
export function conflictState(own: AskedDriver, { drivers, nodes }: Neighbours): ComponentState {
  const others = drivers.filter(({ object }) => object !== own.object);
  const names = others.filter((other) => sharesName(own, other)).map((other) => sharedName(own, other));
  const shared = others.flatMap((other) => sharedNodes(own, other, nodes));
  const of = { type: condition.conflictFree, advisory: true } as const;
  if (names.length === 0 && shared.length === 0)
    return {
      ...of,
      state: 'ready',
      reason: reason.noConflict,
      message: 'no other driver has its names or its nodes',
    };
  return {
    ...of,
    state: 'failed',
    reason: names.length > 0 ? reason.nameShared : reason.nodesShared,
    message: [...names, ...shared].join('; '),
  };
}

function sharedName(own: AskedDriver, other: AskedDriver): string {
  const what =
    own.name === other.name ? `the CSI driver ${own.name}` : `names that begin with ${own.prefix}-`;
  return `${other.object} asks for ${what} too`;
}

function sharedNodes(own: AskedDriver, other: AskedDriver, nodes: readonly Node[]): string[] {
  if (!usesMemory(own) || !usesMemory(other)) return [];
  const both = nodes
    .filter((node) => selects(own, node) && selects(other, node))
    .map(nameOf)
    .sort(compareText);
  if (both.length === 0) return [];
  const more = both.length > namedNodes ? ` and ${both.length - namedNodes} more` : '';
  return [`${other.object} uses persistent memory of ${both.slice(0, namedNodes).join(', ')}${more} too`];
}
