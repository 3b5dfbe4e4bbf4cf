import { cxiDevices } from '@rackwright/api';
import { cxi } from '@rackwright/keys';
import { ignoreNotFound, type KubeClient, resources } from '@rackwright/kube';

/** Requests under way at the same time. */
const parallel = 8;

/**
 * Takes back what the driver agents left in the cluster: the CXIDevices and
 * their node labels. The labels go by applying nothing under the agents' own
 * field manager, so labels that others own stay.
 */
export async function cleanUp(
  client: Pick<KubeClient, 'list' | 'delete' | 'apply'>,
  signal: AbortSignal,
): Promise<void> {
  const devices = await client.list(cxiDevices, { signal });
  await inParallel(devices.items, async ({ metadata = {} }) => {
    const { name = '', uid } = metadata;
    const preconditions = uid === undefined ? {} : { preconditions: { uid } };
    await ignoreNotFound(client.delete(cxiDevices, { name }, { ...preconditions, signal }));
  });
  const nodes = await client.list(resources.nodes, { labelSelector: cxi.label.present, signal });
  await inParallel(nodes.items, async ({ metadata = {} }) => {
    const { name = '', uid = '' } = metadata;
    // The uid keeps the apply from making a node that has just gone.
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name, uid } };
    const { driverAgent } = cxi.fieldManager;
    await ignoreNotFound(client.apply(resources.nodes, node, { fieldManager: driverAgent, signal }));
  });
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  await Promise.all(
    Array.from({ length: parallel }, async () => {
      for (const item of rest) await work(item);
    }),
  );
}
