import { aidaptivCaches } from '@rackwright/api';
import { controllerReference } from '@rackwright/controller';
import { ai100, aidaptivCache, kubernetes, rackwright } from '@rackwright/keys';
import type { KubeObject, ObjectMeta } from '@rackwright/kube';
import type { Component } from '../component.ts';

const { label } = kubernetes;

/** Names of the DaemonSets and of what belongs to them; that of the exporter is the older operator's. */
const names: Readonly<Record<Component, string>> = {
  [ai100.component.devicePlugin]: 'aidaptivcache-device-plugin',
  [ai100.component.exporter]: 'aidaptivcache-exporter',
};

export function ownedName(component: Component): string {
  return names[component];
}

/** Labels that mark everything the operator owns for the AidaptivCache. */
export const ownerLabels: Readonly<Record<string, string>> = {
  [label.managedBy]: aidaptivCache.managedBy,
  [label.instance]: aidaptivCache.name,
};

/** Labels that select the pods of one component; a DaemonSet's selector must not change. */
export function selectorLabels(component: Component): Record<string, string> {
  return { ...ownerLabels, [label.component]: component };
}

/** Name, labels and owner of an object that belongs to one component. */
export function ownedMeta(cache: KubeObject, component: Component): ObjectMeta & { name: string } {
  return {
    name: ownedName(component),
    labels: { ...selectorLabels(component), [label.partOf]: rackwright.partOf },
    ownerReferences: [controllerReference(cache, aidaptivCaches)],
  };
}
