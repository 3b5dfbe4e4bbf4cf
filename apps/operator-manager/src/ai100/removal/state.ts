import { aidaptivCacheNodes, aidaptivCaches } from '@rackwright/api';
import { ai100, aidaptivCache, kubernetes } from '@rackwright/keys';
import { ignoreNotFound, type KubeClient, type KubeObject, resources } from '@rackwright/kube';
import type { RemovalScope } from '../../removal/removed-kind.ts';
import { trimNode } from '../nodes/node-cache.ts';
import { planNodeRemoval } from '../nodes/plan-nodes.ts';
import { writeNodes } from '../nodes/write-nodes.ts';
import type { Snapshot } from '../snapshot.ts';

type Reader = Pick<KubeClient, 'get' | 'list'>;

/** What there is of the AidaptivCache, as the operator has it in its caches; nodes are all that carry something of ours. */
export async function readState(
  client: Reader,
  { namespace, now }: RemovalScope,
  signal: AbortSignal,
): Promise<Snapshot> {
  const labelSelector = `${kubernetes.label.managedBy}=${aidaptivCache.managedBy}`;
  const own = { namespace, labelSelector, signal };
  const { serviceAccounts, roleBindings, services, clusterRoleBindings, daemonSets } = resources;
  const [cache, agents, bindings, left, ...others] = await Promise.all([
    ignoreNotFound(client.get(aidaptivCaches, { name: aidaptivCache.name }, { signal })),
    client.list(daemonSets, { labelSelector, signal }),
    client.list(clusterRoleBindings, { labelSelector, signal }),
    client.list(resources.nodes, { trim: trimNode, signal }),
    ...[serviceAccounts, roleBindings, services].map((type) => client.list<KubeObject>(type, own)),
  ]);
  return {
    ...{ cache, daemonSets: agents.items, managed: [], left: left.items, exporters: [], now },
    others: [...bindings.items, ...others.flatMap(({ items }) => items)],
  };
}

/**
 * Takes back what is on Nodes although there is no AidaptivCache, and reports
 * that no device plugin writes any more.
 */
export async function takeBackRest(
  client: Reader & Pick<KubeClient, 'apply' | 'patch' | 'delete'>,
  scope: RemovalScope,
  signal: AbortSignal,
): Promise<void> {
  const { cache, left, daemonSets } = await readState(client, scope, signal);
  if (cache !== undefined) return;
  await writeNodes(
    client,
    left.flatMap((node) => planNodeRemoval(node) ?? []),
    signal,
  );
  if (daemonSets.length > 0 || (await hasOwnDevicePlugin(client, signal))) return;
  const { items } = await ignoreAbsent(client, signal);
  for (const { metadata } of items)
    await ignoreNotFound(client.delete(aidaptivCacheNodes, { name: metadata?.name ?? '' }, { signal }));
}

/** Device plugins of their own chart report without an AidaptivCache. */
async function hasOwnDevicePlugin(client: Reader, signal: AbortSignal): Promise<boolean> {
  const labelSelector = `${kubernetes.label.name}=${ai100.component.devicePlugin}`;
  return (await client.list(resources.daemonSets, { labelSelector, signal })).items.length > 0;
}

async function ignoreAbsent(client: Reader, signal: AbortSignal) {
  return (await ignoreNotFound(client.list(aidaptivCacheNodes, { signal }))) ?? { items: [] };
}
