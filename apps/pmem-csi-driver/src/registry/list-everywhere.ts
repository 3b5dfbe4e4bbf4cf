import type { csi } from '@rackwright/csi';
import { nodeKey } from './homes.ts';
import type { KnownNode } from './nodes.ts';

type Entry = csi.ListVolumesResponse_Entry;

/** Every volume of every node, in the order of the ids; those of nodes that are away as they were last known. */
export async function listEverywhere(nodes: readonly KnownNode[], signal: AbortSignal): Promise<Entry[]> {
  const lists = await Promise.all(nodes.map((node) => listOf(node, signal)));
  const idOf = ({ volume }: Entry): string => volume?.volumeId ?? '';
  return lists.flat().sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
}

async function listOf(node: KnownNode, signal: AbortSignal): Promise<Entry[]> {
  const { id, connected, client } = node;
  const told = connected ? await client.list(signal).catch(() => undefined) : undefined;
  return (told ?? remembered(node)).map(({ volume, status }) => ({
    volume: volume && { ...volume, volumeContext: { ...volume.volumeContext, [nodeKey]: id } },
    status,
  }));
}

function remembered({ id, volumes }: KnownNode): Entry[] {
  const volumeCondition = { abnormal: true, message: `node ${id} does not answer` };
  return [...volumes.values()].flatMap((volume) =>
    volume === undefined ? [] : [{ volume, status: { publishedNodeIds: [], volumeCondition } }],
  );
}
