import { Backoff, type Clock, errorMessage, HwError, Mutex } from '@rackwright/core';
import type { csi } from '@rackwright/csi';
import { kubernetes } from '@rackwright/keys';
import {
  type CSINode,
  type CSINodeDriver,
  ignoreNotFound,
  type KubeClient,
  type Node,
  resources,
} from '@rackwright/kube';

export interface CsiNodeInfoOptions {
  readonly client: Pick<KubeClient, 'get' | 'create' | 'update' | 'patch' | 'delete'>;
  readonly clock: Clock;
  readonly nodeName: string;
}

/** How often in a row a write is tried, as the kubelet does. */
const tries = 4;
const { nodeId } = kubernetes.annotation;

/** Keeps what the API shows of the node's CSI drivers: the CSINode, and an annotation and labels of the Node. */
export class CsiNodeInfo {
  readonly #options: CsiNodeInfoOptions;
  readonly #writes = new Mutex();

  constructor(options: CsiNodeInfoOptions) {
    this.#options = options;
  }

  /** Makes the CSINode if there is none. */
  async initialize(): Promise<void> {
    await this.#retried(async () => {
      await this.#csiNode();
    });
  }

  /**
   * Shows a driver.
   *
   * @throws HwError FailedPrecondition when the node has another label of its topology
   */
  async install(name: string, info: csi.NodeGetInfoResponse): Promise<void> {
    if (info.nodeId === '') {
      throw new HwError(
        'InvalidArgument',
        'error adding CSI driver node info: driverNodeID must not be empty',
      );
    }
    const topology = info.accessibleTopology?.segments ?? {};
    await this.#retried(() => this.#updateNode(name, info.nodeId, topology));
    await this.#retried(async () => {
      const object = await this.#csiNode();
      const driver = csiNodeDriver(name, info);
      const drivers = object.spec.drivers ?? [];
      const others = drivers.filter((one) => one.name !== name);
      const known = drivers.find((one) => one.name === name);
      if (known !== undefined && same(known, driver)) return;
      await this.#options.client.update(resources.csiNodes, {
        ...object,
        spec: { drivers: [...others, driver] },
      });
    });
  }

  /** Takes a driver off; the node keeps the labels. */
  async uninstall(name: string): Promise<void> {
    const { client, nodeName } = this.#options;
    await this.#retried(async () => {
      const object = await ignoreNotFound(client.get(resources.csiNodes, { name: nodeName }));
      const drivers = object?.spec.drivers ?? [];
      const others = drivers.filter((one) => one.name !== name);
      if (object === undefined || others.length === drivers.length) return;
      await client.update(resources.csiNodes, { ...object, spec: { drivers: others } });
    });
    await this.#retried(() => this.#updateNode(name, undefined, {}));
  }

  async #updateNode(name: string, id: string | undefined, topology: Record<string, string>): Promise<void> {
    const { client, nodeName } = this.#options;
    const node = await client.get(resources.nodes, { name: nodeName });
    const metadata = { ...nodeIds(node, name, id), ...topologyLabels(node, topology) };
    if (Object.keys(metadata).length === 0) return;
    const patch = { metadata: { ...metadata, resourceVersion: node.metadata?.resourceVersion } };
    await client.patch(resources.nodes, { name: nodeName }, patch, { strategy: 'merge' });
  }

  /** The CSINode of this Node; one of a Node of the same name that is gone is replaced. */
  async #csiNode(): Promise<CSINode> {
    const { client, nodeName: name } = this.#options;
    const { uid = '' } = (await client.get(resources.nodes, { name })).metadata ?? {};
    const found = await ignoreNotFound(client.get(resources.csiNodes, { name }));
    const isOurs = found?.metadata?.ownerReferences?.some(
      (owner) => owner.kind === 'Node' && owner.uid === uid,
    );
    if (found !== undefined && isOurs) return found;
    if (found !== undefined) await client.delete(resources.csiNodes, { name });
    const ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name, uid }];
    return client.create(resources.csiNodes, { metadata: { name, ownerReferences }, spec: { drivers: [] } });
  }

  /** Others write the same objects: a conflict is tried again. */
  #retried(write: () => Promise<void>): Promise<void> {
    return this.#writes.run(async () => {
      const backoff = new Backoff({ initialMs: 10, maxMs: 1250, factor: 5, jitter: 0.1 });
      for (let left = tries; ; left--) {
        try {
          return await write();
        } catch (error) {
          if (left <= 1)
            throw new HwError('Unavailable', `error updating CSINode: ${errorMessage(error)}`, {
              cause: error,
            });
        }
        await this.#options.clock.sleep(backoff.next());
      }
    });
  }
}

function csiNodeDriver(
  name: string,
  { nodeId: nodeID, maxVolumesPerNode, accessibleTopology }: csi.NodeGetInfoResponse,
): CSINodeDriver {
  const topologyKeys = Object.keys(accessibleTopology?.segments ?? {}).sort();
  const count = Number(maxVolumesPerNode);
  return {
    name,
    nodeID,
    topologyKeys,
    ...(count > 0 && { allocatable: { count: Math.min(count, 2 ** 31 - 1) } }),
  };
}

function same(a: CSINodeDriver, b: CSINodeDriver): boolean {
  const text = (one: CSINodeDriver): string =>
    JSON.stringify([one.nodeID, [...(one.topologyKeys ?? [])].sort(), one.allocatable?.count]);
  return text(a) === text(b);
}

/** The annotation that maps drivers to what they call the node; nothing when it says so already. */
function nodeIds(
  node: Node,
  name: string,
  id: string | undefined,
): { annotations?: Record<string, string | null> } {
  const text = node.metadata?.annotations?.[nodeId];
  const ids = text === undefined ? {} : (JSON.parse(text) as Record<string, string>);
  if (ids[name] === id) return {};
  const { [name]: _, ...others } = ids;
  const next = id === undefined ? others : { ...others, [name]: id };
  return { annotations: { [nodeId]: Object.keys(next).length === 0 ? null : JSON.stringify(next) } };
}

function topologyLabels(node: Node, topology: Record<string, string>): { labels?: Record<string, string> } {
  const labels = node.metadata?.labels ?? {};
  const missing = Object.entries(topology).filter(([key, value]) => labels[key] !== value);
  const collision = missing.find(([key]) => labels[key] !== undefined);
  if (collision !== undefined) {
    const [key, value] = collision;
    throw new HwError(
      'FailedPrecondition',
      `detected topology value collision: driver reported "${key}":"${value}" but existing label is "${key}":"${labels[key]}"`,
    );
  }
  return missing.length === 0 ? {} : { labels: Object.fromEntries(missing) };
}
