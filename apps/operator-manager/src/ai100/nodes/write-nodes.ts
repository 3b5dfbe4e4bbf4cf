import { aidaptivCache } from '@rackwright/keys';
import { ignoreNotFound, type KubeClient, type Node, resources } from '@rackwright/kube';
import type { NodeWrite } from './plan-nodes.ts';

/** Requests under way at the same time. */
const parallel = 8;

/**
 * Carries it out. A Node that is gone needs nothing.
 *
 * @throws KubeError Conflict when somebody else changed the taints of a Node meanwhile
 */
export async function writeNodes(
  client: Pick<KubeClient, 'apply' | 'patch'>,
  writes: readonly NodeWrite[],
  signal: AbortSignal,
): Promise<void> {
  const rest = writes.values();
  await Promise.all(
    Array.from({ length: parallel }, async () => {
      for (const write of rest) await writeNode(client, write, signal);
    }),
  );
}

async function writeNode(
  client: Pick<KubeClient, 'apply' | 'patch'>,
  { node, labels, conditions, taints }: NodeWrite,
  signal: AbortSignal,
): Promise<void> {
  const { name = '', uid = '', resourceVersion } = node.metadata ?? {};
  // The uid keeps the apply from making a node that has just gone.
  const identity = { apiVersion: 'v1', kind: 'Node', metadata: { name, uid } };
  const options = { fieldManager: aidaptivCache.fieldManager.nodes, signal };
  if (taints !== undefined) {
    const patch = { metadata: { resourceVersion }, spec: { taints: taints.length === 0 ? null : taints } };
    await ignoreNotFound(client.patch(resources.nodes, { name }, patch, { strategy: 'merge', signal }));
  }
  if (conditions !== undefined) {
    const status: Node = {
      ...identity,
      ...(conditions.length === 0 ? {} : { status: { conditions: [...conditions] } }),
    };
    await ignoreNotFound(client.apply(resources.nodes, status, { ...options, subresource: 'status' }));
  }
  if (labels !== undefined) {
    const labelled = { ...identity, metadata: { ...identity.metadata, labels: { ...labels } } };
    await ignoreNotFound(client.apply(resources.nodes, labelled, options));
  }
}
