import { isDeepStrictEqual } from 'node:util';
import { type CxiDeviceObject, cxiDeviceName, cxiDevices, nodeLabelValue } from '@rackwright/api';
import { cxi } from '@rackwright/keys';
import { apiVersionOf, type ObjectMeta } from '@rackwright/kube';

const typeMeta = { apiVersion: apiVersionOf(cxiDevices), kind: cxiDevices.kind };

/** A CXIDevice without status: its name, labels and the Node it goes away with. */
export function deviceObject(node: { name: string; uid: string }, device: string): CxiDeviceObject {
  return {
    ...typeMeta,
    metadata: {
      name: cxiDeviceName(node.name, device),
      labels: { [cxi.label.node]: nodeLabelValue(node.name), [cxi.label.device]: device },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: node.name, uid: node.uid }],
    },
  };
}

/** A CXIDevice with nothing but its name and status, as the status subresource takes it. */
export function statusObject(name: string, status: NonNullable<CxiDeviceObject['status']>): CxiDeviceObject {
  return { ...typeMeta, metadata: { name }, status };
}

/** Whether a stored object has the labels and the only owner it should have. */
export function hasIdentity(stored: ObjectMeta | undefined, wanted: ObjectMeta | undefined): boolean {
  const labels = Object.entries(wanted?.labels ?? {});
  const owner = ({ apiVersion, kind, name, uid }: NonNullable<ObjectMeta['ownerReferences']>[number]) => ({
    ...{ apiVersion, kind, name, uid },
  });
  return (
    labels.every(([key, value]) => stored?.labels?.[key] === value) &&
    isDeepStrictEqual((stored?.ownerReferences ?? []).map(owner), wanted?.ownerReferences ?? [])
  );
}
