import { cxiDevices } from '@rackwright/api';
import { cxi } from '@rackwright/keys';
import { ignoreNotFound, type KubeClient, type KubeObject, resources } from '@rackwright/kube';

/** Requests under way at the same time. */
const parallel = 8;

/**
 * Takes back what the driver agents left in the cluster: the CXIDevices and
 * what they wrote on Nodes, labels and condition. That goes by applying nothing
 * under the agents' own field manager, so what others own stays. Without the
 * CRD of CXIDevices there are none.
 */
export async function cleanUp(
  client: Pick<KubeClient, 'list' | 'delete' | 'apply'>,
  signal: AbortSignal,
): Promise<void> {
  const devices = await ignoreNotFound(client.list(cxiDevices, { signal, trim: identityOf }));
  await inParallel(devices?.items ?? [], async ({ metadata = {} }) => {
    const { name = '', uid } = metadata;
    const preconditions = uid === undefined ? {} : { preconditions: { uid } };
    await ignoreNotFound(client.delete(cxiDevices, { name }, { ...preconditions, signal }));
  });
  const nodes = await client.list(resources.nodes, {
    ...{ labelSelector: cxi.label.present, signal, trim: identityOf },
  });
  await inParallel(nodes.items, async ({ metadata = {} }) => {
    const { name = '', uid = '' } = metadata;
    // The uid keeps the apply from making a node that has just gone.
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name, uid } };
    const options = { fieldManager: cxi.fieldManager.driverAgent, signal };
    await ignoreNotFound(client.apply(resources.nodes, node, { ...options, subresource: 'status' }));
    await ignoreNotFound(client.apply(resources.nodes, node, options));
  });
}

/** All that is needed of thousands of objects. */
function identityOf<T extends KubeObject>({ metadata: { name, uid } = {} }: T): T {
  const identity = { name, uid };
  return { metadata: identity } as T;
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  await Promise.all(
    Array.from({ length: parallel }, async () => {
      for (const item of rest) await work(item);
    }),
  );
}
