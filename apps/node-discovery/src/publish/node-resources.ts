import { discovery } from '@rackwright/keys';
import { type KubeClient, type Node, resources } from '@rackwright/kube';
import type { Labels } from '../labels/label-value.ts';
import type { ObservedNode } from '../node/observed-node.ts';

/** Resources by name, as quantities. */
export type NodeResources = Readonly<Record<string, string>>;

/** What the labels of a Node say as resources. A label that is kept keeps its resource. Pure. */
export function resourcesOf(labels: Labels): NodeResources {
  const gigabytes = labels[discovery.label.pmem.capacityGB];
  return gigabytes === undefined ? {} : { [discovery.resource.pmemGB]: gigabytes };
}

/** Whether the capacity of a Node has other values, or has some of ours that are no more. Pure. */
export function resourcesDiffer(wanted: NodeResources, { capacity, ownResources }: ObservedNode): boolean {
  const isOther = Object.entries(wanted).some(([name, value]) => capacity[name] !== value);
  return isOther || [...ownResources].some((name) => !Object.hasOwn(wanted, name));
}

/**
 * Makes the capacity of a Node say so; what we wrote and do not name any more is
 * taken away. The kubelet makes allocatable what it finds there.
 *
 * @throws KubeError if the API server refuses, or has another Node of this name
 */
export async function applyResources(
  client: Pick<KubeClient, 'apply'>,
  { name, uid }: { readonly name: string; readonly uid: string },
  wanted: NodeResources,
  signal?: AbortSignal,
): Promise<void> {
  const object: Node = { metadata: { name, uid }, status: { capacity: { ...wanted } } };
  const { fieldManager } = discovery;
  await client.apply(resources.nodes, object, {
    ...{ fieldManager, subresource: 'status' },
    ...(signal && { signal }),
  });
}
