import type { Clock } from '@rackwright/core';
import { type KubeClient, resources } from '@rackwright/kube';
import { waitUntil } from './wait-until.ts';

const deadlineMs = 60_000;

/** Waits until the scheduler may use every node of `names`: Ready and without taints. */
export async function untilNodesUsable(
  client: KubeClient,
  names: readonly string[],
  options: { readonly clock: Clock; readonly signal: AbortSignal | undefined },
): Promise<void> {
  const areUsable = async (): Promise<boolean> => {
    const { items } = await client.list(resources.nodes);
    return names.every((name) => {
      const node = items.find((item) => item.metadata?.name === name);
      const ready = node?.status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True');
      return ready === true && (node?.spec?.taints ?? []).length === 0;
    });
  };
  await waitUntil(`nodes ${names.join(', ')} to be Ready`, areUsable, { ...options, deadlineMs });
}
