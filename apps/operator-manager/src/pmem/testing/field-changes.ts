import type { PmemCsiDeploymentSpec, PmemDeploymentSpec } from '@rackwright/api';

/** A field, another value of it than it has by default, and the objects that change with it. */
export type FieldChange<Spec> = readonly [keyof Spec, unknown, readonly string[]];

const prefix = 'pmem-csi-intel-com';
const [controller, node, setup] = [
  `Deployment ${prefix}-controller`,
  `DaemonSet ${prefix}-node`,
  `DaemonSet ${prefix}-node-setup`,
];

/** Of the PmemCSIDeployment pmem-csi.intel.com: every field but the labels, which are on every object. */
export const fieldChanges: readonly FieldChange<PmemCsiDeploymentSpec>[] = [
  ['image', 'registry.test/other:1', [controller, node, setup]],
  ['imagePullPolicy', 'Always', [controller, node, setup]],
  ['provisionerImage', 'registry.test/other:1', [node]],
  ['resizerImage', 'registry.test/other:1', [node]],
  ['nodeRegistrarImage', 'registry.test/other:1', [node]],
  ['controllerDriverResources', { requests: { cpu: '1' } }, [controller, setup]],
  ['nodeDriverResources', { requests: { cpu: '1' } }, [node]],
  ['provisionerResources', { requests: { cpu: '1' } }, [node]],
  ['resizerResources', { requests: { cpu: '1' } }, [node]],
  ['nodeRegistrarResources', { requests: { cpu: '1' } }, [node]],
  ['controllReplicas', 3, [controller]],
  ['controllerReplicas', 3, [controller]],
  ['deviceMode', 'direct', [node]],
  ['logLevel', 5, [controller, node, setup]],
  ['logFormat', 'json', [controller, node, setup]],
  ['nodeSelector', { a: 'b' }, [controller, node, setup]],
  ['pmemPercentage', 50, [node]],
  ['kubeletDir', '/data/kubelet', [node]],
  ['maxUnavailable', 2, [node]],
  ['controllerTLSSecret', 'secret', []],
  ['mutatePods', 'Always', []],
  ['schedulerNodePort', 30_000, []],
  // What is the same as what it was without.
  ['logLevel', 0, []],
  ['pmemPercentage', 100, []],
  ['controllReplicas', 0, []],
];

const older = {
  node: 'DaemonSet pmem-deployment-node',
  controller: 'StatefulSet pmem-deployment-controller',
};

/** The same of the Deployment pmem-deployment. */
export const olderFieldChanges: readonly FieldChange<PmemDeploymentSpec>[] = [
  ['driverName', 'other.example.com', ['CSIDriver other.example.com', older.controller, older.node]],
  ['image', 'registry.test/other:1', [older.controller, older.node]],
  ['imagePullPolicy', 'Always', [older.controller, older.node]],
  ['pullPolicy', 'Always', [older.controller, older.node]],
  ['provisionerImage', 'registry.test/other:1', [older.controller]],
  ['resizerImage', 'registry.test/other:1', [older.controller]],
  ['nodeRegistrarImage', 'registry.test/other:1', [older.node]],
  ['registrarImage', 'registry.test/other:1', [older.node]],
  ['controllerResources', { requests: { cpu: '1' } }, [older.controller]],
  ['nodeResources', { requests: { cpu: '1' } }, [older.node]],
  ['deviceMode', 'direct', [older.node]],
  ['logLevel', 5, [older.controller, older.node]],
  ['nodeSelector', { a: 'b' }, [older.node]],
  ['pmemPercentage', 50, [older.node]],
  ['kubeletDir', '/data/kubelet', [older.node]],
  // Certificates are in Secrets, which pods follow.
  ['caCert', 'YQ==', []],
  ['registryCert', 'YQ==', []],
  ['registryKey', 'YQ==', []],
  ['nodeControllerCert', 'YQ==', []],
  ['nodeControllerKey', 'YQ==', []],
  ['registrySecret', 'a', []],
  ['nodeControllerSecret', 'a', []],
  // What is the same as what it was without.
  ['driverName', 'pmem-csi.intel.com', []],
  ['logLevel', 0, []],
  ['pmemPercentage', 100, []],
];
