import { kubernetes } from '@rackwright/keys';
import type { CSINode, Node, PersistentVolumeClaim, StorageClass } from '@rackwright/kube';

/** Labels of the nodes the driver runs on. */
export type NodeSelector = Readonly<Record<string, string>>;

/** The node a claim without a volume was bound for; undefined for a claim that waits for nobody. */
export function selectedNode({ metadata, spec }: PersistentVolumeClaim): string | undefined {
  if ((spec?.volumeName ?? '') !== '' || metadata?.deletionTimestamp !== undefined) return undefined;
  const node = metadata?.annotations?.[kubernetes.annotation.selectedNode];
  return node === '' ? undefined : node;
}

/** Whether volumes of a claim are made by the driver. */
export function isOfDriver(storageClass: StorageClass | undefined, driver: string): boolean {
  return storageClass?.provisioner === driver;
}

/** Whether the kubelet of a node knows the driver. */
export function hasDriver(csiNode: CSINode | undefined, driver: string): boolean {
  return csiNode?.spec.drivers?.some(({ name }) => name === driver) === true;
}

/** Whether the driver is to run on a node, although it may not yet. */
export function isWanted(node: Node | undefined, selector: NodeSelector): boolean {
  const labels = node?.metadata?.labels ?? {};
  return node !== undefined && Object.entries(selector).every(([key, value]) => labels[key] === value);
}
