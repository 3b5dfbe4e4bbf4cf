import type { CxiDriver } from '@rackwright/api';
import { cxi, kubernetes, rackwright } from '@rackwright/keys';
import type { ObjectMeta, OwnerReference } from '@rackwright/kube';
import type { Component } from '../component.ts';

const { label } = kubernetes;

/** Labels that mark everything the operator owns for one CXIDriver. */
export function instanceLabels(driver: string): Record<string, string> {
  return { [label.managedBy]: cxi.managedBy, [label.instance]: driver };
}

/**
 * Labels that select the pods of one component. They are those of the older
 * operator and must not change: a DaemonSet's selector cannot.
 */
export function selectorLabels(driver: string, component: Component): Record<string, string> {
  return { ...instanceLabels(driver), [label.component]: component };
}

export function ownedName(driver: string, component: Component): string {
  return `${driver}-${component}`;
}

/** Name, labels and owner of an object that belongs to one component. */
export function ownedMeta(driver: CxiDriver, component: Component): ObjectMeta & { name: string } {
  const name = nameOf(driver);
  return {
    name: ownedName(name, component),
    labels: { ...selectorLabels(name, component), [label.partOf]: rackwright.partOf },
    ownerReferences: [ownerReference(driver)],
  };
}

export function nameOf(driver: { metadata?: ObjectMeta }): string {
  return driver.metadata?.name ?? '';
}

function ownerReference(driver: CxiDriver): OwnerReference {
  return {
    apiVersion: `${cxi.group}/${cxi.version}`,
    kind: 'CXIDriver',
    name: nameOf(driver),
    uid: driver.metadata?.uid ?? '',
    controller: true,
  };
}
