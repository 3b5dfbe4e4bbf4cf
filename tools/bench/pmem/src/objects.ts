/** The node of the cluster. */
export const node = 'bench';

const driver = 'pmem-csi.intel.com';
const className = 'bench';
const namespace = 'default';
const perPod = 10;

/** Volumes are folders, which every machine has. */
export const driverDeployment = {
  apiVersion: 'pmem-csi.intel.com/v1beta1',
  kind: 'PmemCSIDeployment',
  metadata: { name: driver },
  spec: { deviceMode: 'fake', nodeSelector: { storage: 'pmem' } },
};

export const storageClass = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: className },
  ...{ provisioner: driver, allowVolumeExpansion: true, volumeBindingMode: 'WaitForFirstConsumer' },
};

/** Claims that ask for so much each. */
export function claims(count: number, storage: string) {
  return Array.from({ length: count }, (_, i) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: `claim-${i}`, namespace },
    spec: {
      ...{ accessModes: ['ReadWriteOnce'], storageClassName: className },
      resources: { requests: { storage } },
    },
  }));
}

/** Pods that use the claims, ten each, as long as they are left to. */
export function users(count: number) {
  const names = Array.from({ length: count }, (_, i) => i);
  return Array.from({ length: Math.ceil(count / perPod) }, (_, pod) => {
    const own = names.slice(pod * perPod, (pod + 1) * perPod);
    const container = {
      ...{ name: 'app', image: 'rackwright/workload:latest', imagePullPolicy: 'IfNotPresent' },
      command: ['/bin/sleep', '100000'],
      volumeMounts: own.map((i) => ({ name: `data-${i}`, mountPath: `/data-${i}` })),
    };
    const volumes = own.map((i) => ({
      name: `data-${i}`,
      persistentVolumeClaim: { claimName: `claim-${i}` },
    }));
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `user-${pod}`, namespace },
      spec: { containers: [container], volumes, terminationGracePeriodSeconds: 1 },
    };
  });
}
