/** A change of a Node that is none of a driver agent's. */
export interface Attack {
  /** What the refusal names. */
  readonly field: string;
  readonly path: readonly string[];
  /** What is put there; undefined takes away what is there. */
  readonly value?: unknown;
}

const kubeletReady = { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'ok' };
const pressure = { type: 'DiskPressure', status: 'False', reason: 'Enough', message: 'ok' };

/** A Node with something in every field that can be taken away. */
export const seed = {
  metadata: {
    labels: { zone: 'a', 'slingshot.hpe.com/nic.present': 'true' },
    annotations: { owner: 'team-a' },
    finalizers: ['example.com/hold'],
  },
  spec: { taints: [{ key: 'hpc', effect: 'NoSchedule' }] },
  status: {
    capacity: { cpu: '8' },
    allocatable: { cpu: '7' },
    addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
    conditions: [kubeletReady, pressure],
    images: [{ names: ['registry.test/a'], sizeBytes: 1 }],
  },
};

const conditions = (...value: object[]): Pick<Attack, 'path' | 'value'> => ({
  path: ['status', 'conditions'],
  value,
});
const owner = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  name: 'none',
  uid: '7b2f5c0e-0000-4000-8000-000000000000',
};
const own = { type: 'SlingshotRebootRequired', status: 'True', reason: 'R', message: 'm' };

const metadata: Record<string, Attack> = {
  'an owner that does not exist': {
    field: 'metadata.ownerReferences',
    path: ['metadata', 'ownerReferences'],
    value: [owner],
  },
  'a finalizer': {
    field: 'metadata.finalizers',
    path: ['metadata', 'finalizers'],
    value: ['example.com/hold', 'example.com/for-ever'],
  },
  'no finalizer': { field: 'metadata.finalizers', path: ['metadata', 'finalizers'] },
  'a new annotation': { field: 'metadata.annotations', path: ['metadata', 'annotations', 'a'], value: 'b' },
  'another annotation': {
    field: 'metadata.annotations',
    path: ['metadata', 'annotations', 'owner'],
    value: 'b',
  },
  'no annotation': { field: 'metadata.annotations', path: ['metadata', 'annotations', 'owner'] },
  'a generated name': { field: 'metadata.generateName', path: ['metadata', 'generateName'], value: 'a-' },
  'a foreign label': { field: 'metadata.labels[pool]', path: ['metadata', 'labels', 'pool'], value: 'gpu' },
  'another value of a foreign label': {
    field: 'metadata.labels[zone]',
    path: ['metadata', 'labels', 'zone'],
    value: 'b',
  },
  'no foreign label': { field: 'metadata.labels[zone]', path: ['metadata', 'labels', 'zone'] },
  'a label of Slingshot that is not the agent’s': {
    field: 'metadata.labels[slingshot.hpe.com/nic.present]',
    path: ['metadata', 'labels', 'slingshot.hpe.com/nic.present'],
    value: 'false',
  },
  'a label that only looks like the agent’s': {
    field: 'metadata.labels[slingshot.hpe.com/cxi0-switch-id.x]',
    path: ['metadata', 'labels', 'slingshot.hpe.com/cxi0-switch-id.x'],
    value: '1',
  },
};

const spec: Record<string, Attack> = {
  'a cordon': { field: 'spec.unschedulable', path: ['spec', 'unschedulable'], value: true },
  'a taint': {
    field: 'spec.taints',
    path: ['spec', 'taints'],
    value: [...seed.spec.taints, { key: 'x', effect: 'NoExecute' }],
  },
  'no taint': { field: 'spec.taints', path: ['spec', 'taints'] },
  'a pod network': { field: 'spec.podCIDR', path: ['spec', 'podCIDR'], value: '10.1.0.0/24' },
  'pod networks': { field: 'spec.podCIDRs', path: ['spec', 'podCIDRs'], value: ['10.1.0.0/24'] },
  'a provider': { field: 'spec.providerID', path: ['spec', 'providerID'], value: 'x://y' },
  'an external id': { field: 'spec.externalID', path: ['spec', 'externalID'], value: 'x' },
  'a configuration source': {
    field: 'spec.configSource',
    path: ['spec', 'configSource'],
    value: { configMap: { namespace: 'a', name: 'b', kubeletConfigKey: 'c' } },
  },
};

const status: Record<string, Attack> = {
  'another address': {
    field: 'status.addresses',
    path: ['status', 'addresses'],
    value: [{ type: 'InternalIP', address: '10.6.6.6' }],
  },
  'more capacity': { field: 'status.capacity', path: ['status', 'capacity', 'cpu'], value: '64' },
  'a resource nobody has': {
    field: 'status.capacity',
    path: ['status', 'capacity', 'hpe.com/cxi'],
    value: '4',
  },
  'less allocatable': { field: 'status.allocatable', path: ['status', 'allocatable', 'cpu'], value: '0' },
  'another phase': { field: 'status.phase', path: ['status', 'phase'], value: 'Terminated' },
  'another kubelet port': {
    field: 'status.daemonEndpoints',
    path: ['status', 'daemonEndpoints', 'kubeletEndpoint', 'Port'],
    value: 666,
  },
  'another kernel': { field: 'status.nodeInfo', path: ['status', 'nodeInfo', 'kernelVersion'], value: '0' },
  'no images': { field: 'status.images', path: ['status', 'images'] },
  'a volume in use': { field: 'status.volumesInUse', path: ['status', 'volumesInUse'], value: ['a'] },
  'an attached volume': {
    field: 'status.volumesAttached',
    path: ['status', 'volumesAttached'],
    value: [{ name: 'a', devicePath: 'b' }],
  },
  'a configuration error': { field: 'status.config', path: ['status', 'config'], value: { error: 'x' } },
  'a runtime handler': {
    field: 'status.runtimeHandlers',
    path: ['status', 'runtimeHandlers'],
    value: [{ name: 'a' }],
  },
  'a feature': {
    field: 'status.features',
    path: ['status', 'features'],
    value: { supplementalGroupsPolicy: true },
  },
  'a declared feature': {
    field: 'status.declaredFeatures',
    path: ['status', 'declaredFeatures'],
    value: ['A'],
  },
  'a foreign condition': {
    field: 'status.conditions[MemoryPressure]',
    ...conditions(kubeletReady, pressure, { ...pressure, type: 'MemoryPressure', status: 'True' }),
  },
  'another state of the kubelet': {
    field: 'status.conditions[Ready]',
    ...conditions({ ...kubeletReady, status: 'False' }, pressure),
  },
  'no condition of the kubelet': { field: 'status.conditions[Ready]', ...conditions(pressure) },
  'no conditions': { field: 'status.conditions[Ready]', path: ['status', 'conditions'] },
  'a condition of the kubelet twice': {
    field: 'status.conditions[Ready]',
    ...conditions(kubeletReady, kubeletReady, pressure),
  },
};

export const attacks: Readonly<Record<string, Attack>> = { ...metadata, ...spec, ...status };

/** Changes a driver agent makes. */
export const allowed: readonly Attack[] = [
  { field: '', path: ['metadata', 'labels', 'slingshot.hpe.com/cxi-present'], value: 'true' },
  { field: '', path: ['metadata', 'labels', 'slingshot.hpe.com/device-count'], value: '2' },
  { field: '', path: ['metadata', 'labels', 'slingshot.hpe.com/reboot-required'], value: 'true' },
  { field: '', path: ['metadata', 'labels', 'slingshot.hpe.com/cxi0-switch-id'], value: '7' },
  { field: '', path: ['metadata', 'labels', 'slingshot.hpe.com/cxi12-switch-id'], value: '0' },
  { field: '', ...conditions(pressure, own, kubeletReady) },
];
