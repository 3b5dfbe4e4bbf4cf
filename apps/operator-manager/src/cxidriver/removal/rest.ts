import { cxiDrivers } from '@rackwright/api';
import { cxi, kubernetes, rackwright } from '@rackwright/keys';
import { type DaemonSet, ignoreNotFound, type KubeClient, resources } from '@rackwright/kube';
import { cleanUp } from '../clean-up.ts';

const { label } = kubernetes;

/**
 * Takes back what driver agents wrote when none can be left to need it: no
 * CXIDriver is there, and no DaemonSet of driver agents. So it also goes after
 * a namespace was deleted with the agents in it.
 */
export async function takeBackRest(
  client: Pick<KubeClient, 'list' | 'delete' | 'apply'>,
  signal: AbortSignal,
): Promise<void> {
  const drivers = await ignoreNotFound(client.list(cxiDrivers, { signal }));
  if ((drivers?.items.length ?? 0) > 0) return;
  for (const labelSelector of [
    `${label.managedBy}=${cxi.managedBy}`,
    `${label.partOf}=${rackwright.partOf}`,
  ]) {
    const { items } = await client.list(resources.daemonSets, { labelSelector, signal });
    if (items.some(isDriverAgent)) return;
  }
  await cleanUp(client, signal);
}

/** Rolled out by an operator, or by the agent's own chart. */
function isDriverAgent({ metadata }: DaemonSet): boolean {
  const { [label.component]: component, [label.name]: name } = metadata?.labels ?? {};
  return component === cxi.component.driverAgent || name === cxi.component.driverAgent;
}
