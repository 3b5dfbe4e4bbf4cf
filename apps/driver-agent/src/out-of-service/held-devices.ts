import type { CxiDeviceObject } from '@rackwright/api';
import { cxi } from '@rackwright/keys';

/** Whether somebody took the NIC of a CXIDevice out of service. */
function isHeld({ spec }: CxiDeviceObject): boolean {
  return spec?.unschedulable === true;
}

/** Names of the node's NICs whose CXIDevice says that they are out of service, in order. Pure. */
export function heldDevices(objects: readonly CxiDeviceObject[], node: string): readonly string[] {
  // Two nodes with long names may share a label value.
  const own = objects.filter(({ status }) => (status?.node ?? node) === node);
  const names = own.filter(isHeld).flatMap(({ metadata }) => metadata?.labels?.[cxi.label.device] ?? []);
  return [...new Set(names)].sort();
}
