import { controllerReference } from '@rackwright/controller';
import { kubernetes, pmem } from '@rackwright/keys';
import type { KubeObject, ObjectMeta } from '@rackwright/kube';
import type { DriverKind } from '../driver-kind.ts';

const { label } = kubernetes;

/** A part of a deployment: the value of its component label. */
export type Part = (typeof pmem.part)[keyof typeof pmem.part];

/** Whose objects are made, and which labels a user wants on all of them. */
export interface Owner {
  readonly kind: DriverKind;
  readonly deployment: KubeObject;
  /** Name of the CSI driver. */
  readonly driver: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly namespace: string;
}

export function nameOf({ metadata }: KubeObject): string {
  return metadata?.name ?? '';
}

/** What the names of objects begin with; of `a.b` and `a-b` it is the same. */
export function prefixOf(deployment: KubeObject): string {
  return nameOf(deployment).replaceAll('.', '-');
}

/** Labels that mark everything the operator owns for a deployment of a kind. */
export function ownerLabels({ managedBy }: DriverKind, name: string): Record<string, string> {
  return { [label.managedBy]: managedBy, [label.instance]: name };
}

/** Labels that select the pods of one part; a workload's selector must not change. */
export function selectorLabels(deployment: KubeObject, part: Part): Record<string, string> {
  return { [label.name]: `${pmem.partOf}-${part}`, [label.instance]: nameOf(deployment) };
}

/** Labels of the objects of one part. Those of the user are no way to say that an object is somebody else's. */
export function partLabels({ kind, deployment, labels }: Owner, part: Part): Record<string, string> {
  return {
    ...labels,
    ...ownerLabels(kind, nameOf(deployment)),
    ...selectorLabels(deployment, part),
    [label.component]: part,
    [label.partOf]: pmem.partOf,
  };
}

/** The same for an object that belongs to no part. */
export function commonLabels({ kind, deployment, labels }: Owner): Record<string, string> {
  return { ...labels, ...ownerLabels(kind, nameOf(deployment)), [label.partOf]: pmem.partOf };
}

/** Owner and labels of an object. */
export function ownedMeta(
  owner: Owner,
  name: string,
  labels: Record<string, string>,
): ObjectMeta & { name: string } {
  return { name, labels, ownerReferences: [controllerReference(owner.deployment, owner.kind.type)] };
}
