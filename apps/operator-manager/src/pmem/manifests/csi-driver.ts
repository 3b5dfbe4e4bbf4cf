import type { CSIDriver } from '@rackwright/kube';
import { commonLabels, type Owner, ownedMeta } from './identity.ts';

/** What Kubernetes has to know of the driver. */
export function csiDriver(owner: Owner): CSIDriver {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'CSIDriver',
    metadata: ownedMeta(owner, owner.driver, commonLabels(owner)),
    spec: {
      attachRequired: false,
      podInfoOnMount: true,
      storageCapacity: true,
      fsGroupPolicy: 'File',
      volumeLifecycleModes: ['Persistent', 'Ephemeral'],
    },
  };
}
