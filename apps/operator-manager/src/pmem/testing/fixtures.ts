import type {
  PmemCsiDeploymentSpec,
  PmemDeploymentSpec,
  ValidPmemCsiDeployment,
  ValidPmemDeployment,
} from '@rackwright/api';
import type { PmemSettings } from '../settings.ts';

const operator = 'pmem-csi-operator';

/** What the operator of the tests was installed with. */
export const testSettings: PmemSettings = {
  namespace: 'pmem-csi',
  driverImage: 'registry.test/driver:1',
  provisionerImage: 'registry.test/csi-provisioner:1',
  resizerImage: 'registry.test/csi-resizer:1',
  imagePullSecrets: [],
  architectures: ['amd64'],
  hostRoot: '/',
  kubeletDir: '/var/lib/kubelet',
  roles: {
    driver: `${operator}-pmem-csi-driver`,
    driverNamespace: `${operator}-pmem-csi-driver-namespace`,
    controller: `${operator}-pmem-csi-controller`,
    nodeSetup: `${operator}-pmem-csi-node-setup`,
  },
};

/** A deployment as the API server stores it. */
export function storedDeployment(
  spec: PmemCsiDeploymentSpec = {},
  name = 'pmem-csi.intel.com',
): ValidPmemCsiDeployment {
  return {
    apiVersion: 'pmem-csi.intel.com/v1beta1',
    kind: 'PmemCSIDeployment',
    metadata: { name, uid: `uid-${name}`, generation: 1, creationTimestamp: '2026-01-01T00:00:00Z' },
    spec,
  };
}

/** The same of the first operator's kind. */
export function olderDeployment(
  spec: PmemDeploymentSpec = {},
  name = 'pmem-deployment',
): ValidPmemDeployment {
  return {
    apiVersion: 'pmem-csi.intel.com/v1alpha1',
    kind: 'Deployment',
    metadata: { name, uid: `uid-${name}`, generation: 1, creationTimestamp: '2026-01-01T00:00:00Z' },
    spec,
  };
}
