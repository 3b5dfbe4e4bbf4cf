import { type Clock, HwError, type Logger } from '@rackwright/core';
import { discovery } from '@rackwright/keys';
import { isConflict, isNotFound, type KubeClient, type Node, resources } from '@rackwright/kube';
import { type ObservedNode, observeNode } from './node/observed-node.ts';
import { applyResources } from './publish/node-resources.ts';

export interface PruneOptions {
  readonly client: Pick<KubeClient, 'list' | 'apply'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Pods that would write the labels again, and must be gone first. */
  readonly after?: { readonly namespace: string; readonly labelSelector: string };
  /** Longest wait for them, in milliseconds. */
  readonly timeoutMs: number;
}

const lookMs = 500;

/**
 * Takes what node-discovery wrote away from every Node. What others wrote, be
 * it the same label, stays. Resolves with the number of Nodes that had some.
 *
 * @throws HwError Unavailable if the agents do not end in time; KubeError if the API server refuses
 */
export async function pruneAll(options: PruneOptions): Promise<number> {
  await agentsGone(options);
  const { client, logger, signal } = options;
  const { items } = await client.list(resources.nodes, { trim: ownPart, signal });
  let pruned = 0;
  for (const item of items) {
    const node = observeNode(item);
    if (node.ownLabels.size + node.ownAnnotations.size + node.ownResources.size === 0) continue;
    if (await prune(options, item.metadata?.name ?? '', node)) pruned += 1;
  }
  logger.info('labels are taken away', { nodes: pruned });
  return pruned;
}

/** Of a Node only what tells who owns its labels; a cluster has thousands. */
function ownPart({ metadata = {} }: Node): Node {
  const { name = '', uid = '', managedFields = [] } = metadata;
  return { metadata: { name, uid, managedFields } };
}

async function prune(
  { client, signal }: PruneOptions,
  name: string,
  { uid, ownResources }: ObservedNode,
): Promise<boolean> {
  try {
    // The uid keeps a Node that is gone by now from being made anew.
    const object: Node = { metadata: { name, uid } };
    if (ownResources.size > 0) await applyResources(client, { name, uid }, {}, signal);
    await client.apply(resources.nodes, object, { fieldManager: discovery.fieldManager, signal });
    return true;
  } catch (error) {
    if (isNotFound(error) || isConflict(error)) return false;
    throw error;
  }
}

async function agentsGone({ client, clock, after, timeoutMs, signal }: PruneOptions): Promise<void> {
  if (after === undefined) return;
  const end = clock.monotonic() + timeoutMs;
  for (;;) {
    const { items } = await client.list(resources.pods, { ...after, signal });
    if (items.length === 0) return;
    if (clock.monotonic() >= end) {
      const names = items.map(({ metadata }) => metadata?.name ?? '').join(', ');
      throw new HwError('Unavailable', `pods that write the labels are still there: ${names}`, {
        remedy: 'delete their DaemonSet and run this again',
      });
    }
    await clock.sleep(lookMs, signal);
  }
}
