import { HwError } from '@rackwright/core';
import type { ClusterState } from './cluster-state.ts';
import type { NodeContext } from './node-context.ts';
import { type ObjectStore, objectKey, type StoredObject } from './objects.ts';
import { misplaced } from './placement.ts';
import { activeTargets, nodeOf, type SmapNode } from './smap.ts';
import { answerMs } from './timings.ts';

/** Query of a PUT between targets: when the object was put. */
export const putAtQuery = 'put_at';
/** So many objects are on their way at once. */
const parallel = 8;

/** Names an object. */
export interface ObjectName {
  readonly bucket: string;
  readonly name: string;
}

/**
 * Sends every object of this target that belongs to another one there, and drops it once the
 * other has it.
 *
 * @returns how many
 * @throws HwError Unavailable if a target does not take one; what was not sent stays
 */
export async function migrate(node: NodeContext, objects: ObjectStore, state: ClusterState): Promise<number> {
  const { smap, bmd } = state;
  if (smap === undefined) return 0;
  const active = activeTargets(smap).map(({ daemon_id }) => daemon_id);
  const queue: { readonly owner: SmapNode; readonly object: ObjectName }[] = [];
  for (const bucket of bmd.buckets) {
    const names = new Map((await objects.list(bucket)).map(({ name }) => [objectKey(bucket, name), name]));
    for (const [id, keys] of misplaced(node.self.daemon_id, names.keys(), active)) {
      const owner = nodeOf(smap, id);
      if (owner === undefined) continue;
      queue.push(...keys.map((key) => ({ owner, object: { bucket, name: names.get(key) ?? '' } })));
    }
  }
  const total = queue.length;
  const work = async (): Promise<void> => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      await move(node, objects, next.owner, next.object);
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  return total;
}

/** @throws HwError Unavailable if the other target does not take it */
export async function sendObject(
  node: NodeContext,
  owner: SmapNode,
  object: ObjectName,
  { data, putAt }: StoredObject,
): Promise<void> {
  const url = `${owner.intra_data_net.direct_url}${objectPath(object)}?${putAtQuery}=${putAt}`;
  const { status } = await node.peers.call(url, { method: 'PUT', body: data, timeoutMs: answerMs });
  if (status !== 200) throw new HwError('Unavailable', `PUT ${url} was answered ${status}`);
}

/** Path of an object in the API. */
export function objectPath({ bucket, name }: ObjectName): string {
  return `/v1/objects/${bucket}/${name.split('/').map(encodeURIComponent).join('/')}`;
}

async function move(
  node: NodeContext,
  objects: ObjectStore,
  owner: SmapNode,
  object: ObjectName,
): Promise<void> {
  const stored = await objects.get(object.bucket, object.name);
  if (stored === undefined) return;
  await sendObject(node, owner, object, stored);
  // What was put meanwhile stays.
  await objects.delete(object.bucket, object.name, stored.putAt);
}
