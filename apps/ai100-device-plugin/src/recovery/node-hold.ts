import { aidaptivCaches } from '@rackwright/api';
import { errorMessage } from '@rackwright/core';
import { ai100, aidaptivCache } from '@rackwright/keys';
import { ignoreNotFound, type KubeClient, type Node, resources } from '@rackwright/kube';
import type { NodeHold } from './snapshot.ts';

const timeoutMs = 5_000;

/** What the cluster says against acting on a node now. Who does not answer says no. @throws the signal's reason */
export async function nodeHold(
  client: Pick<KubeClient, 'get'>,
  name: string,
  signal: AbortSignal,
): Promise<NodeHold | undefined> {
  try {
    const options = { signal, timeoutMs };
    const node = await client.get(resources.nodes, { name }, options);
    const cache = await ignoreNotFound(client.get(aidaptivCaches, { name: 'default' }, options));
    return holdOf(node, cache?.status?.conditions ?? []);
  } catch (error) {
    signal.throwIfAborted();
    return {
      reason: 'NodeUnknown',
      message: `the API server does not say how the node is: ${errorMessage(error)}`,
    };
  }
}

/** What of a node, and of the conditions of the AidaptivCache, speaks against recovery. Pure. */
export function holdOf(
  { metadata, spec, status }: Node,
  cacheConditions: readonly { readonly type: string; readonly status: string }[],
): NodeHold | undefined {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')?.status;
  if (ready !== 'True') return { reason: 'KubeletNotReady', message: 'the kubelet of the node is not ready' };
  if (metadata?.annotations?.[ai100.annotation.maintenance] === 'true')
    return { reason: 'Maintenance', message: `the node has the annotation ${ai100.annotation.maintenance}` };
  // Whoever works on the node has cordoned it, upgrades among them.
  if (spec?.unschedulable === true) return { reason: 'Cordoned', message: 'the node is cordoned' };
  const suspended = cacheConditions.some(
    ({ type, status: value }) => type === aidaptivCache.condition.recoverySuspended && value === 'True',
  );
  const message = 'so many nodes failed at once that recovery is suspended';
  return suspended ? { reason: 'RecoverySuspended', message } : undefined;
}
