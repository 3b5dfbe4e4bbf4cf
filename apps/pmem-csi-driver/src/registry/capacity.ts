import { HwError } from '@rackwright/core';
import { csi } from '@rackwright/csi';
import { lookMs } from './node-client.ts';
import type { KnownNode, Nodes } from './nodes.ts';

interface CapacityParts {
  readonly nodes: Nodes;
  readonly topologyKey: string;
  readonly signal: AbortSignal;
}

/**
 * The room of one node, or of all together.
 *
 * @throws HwError Unavailable for a node that is not there
 */
export async function capacityOf(
  request: csi.GetCapacityRequest,
  { nodes, topologyKey, signal }: CapacityParts,
): Promise<csi.GetCapacityResponse> {
  const name = request.accessibleTopology?.segments[topologyKey];
  const asked =
    name === undefined ? nodes.list().filter(({ connected }) => connected) : [nodeOf(name, nodes)];
  const how = { timeoutMs: lookMs, signal };
  const answers = await Promise.all(
    asked.map(({ client }) => client.call(csi.ControllerService.getCapacity, request, how)),
  );
  const largest = answers.map(({ maximumVolumeSize = 0n }) => maximumVolumeSize);
  return {
    availableCapacity: answers.reduce((sum, { availableCapacity }) => sum + availableCapacity, 0n),
    maximumVolumeSize: largest.reduce((most, size) => (size > most ? size : most), 0n),
    minimumVolumeSize: undefined,
  };
}

function nodeOf(name: string, nodes: Nodes): KnownNode {
  const node = nodes.get(name);
  if (node?.connected === true) return node;
  throw new HwError('Unavailable', `node ${name} is not registered`, { field: 'accessible_topology' });
}
