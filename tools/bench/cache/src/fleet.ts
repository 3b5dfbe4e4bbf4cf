/** Size of the fleet: nodes, and NICs of each. */
export const fleet = { nodes: 2000, nics: 8 } as const;

/** One CXIDevice as an API server sends it, managed fields included. */
export function deviceObject(index: number): object {
  const node = `node-${String(Math.floor(index / fleet.nics)).padStart(4, '0')}`;
  const device = `cxi${index % fleet.nics}`;
  const time = '2026-01-01T00:00:00Z';
  const status = {
    node,
    device,
    type: 'pf',
    pciAddress: `0000:${(0x21 + (index % fleet.nics) * 0x20).toString(16)}:00.0`,
    numaNode: index % 2,
    nid: index,
    switchID: index >> 6,
    linkSpeed: '200Gbps',
    linkState: 'up',
    driverVersion: '0a1b2c3d',
    cassiniGeneration: 1,
    retryHandler: {
      enabled: true,
      policy: 'cxi_rh.conf',
      stats: { totalRetries: 0, timeoutRetries: 0, nackRetries: 0 },
    },
    health: { status: 'Healthy', lastCheck: time, message: 'link up, retry handler registered' },
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: 'Healthy',
        message: 'all is well',
        lastTransitionTime: time,
        observedGeneration: 1,
      },
    ],
  };
  return {
    apiVersion: 'cxi.hpe.com/v1',
    kind: 'CXIDevice',
    metadata: {
      name: `${node}-${device}`,
      uid: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
      resourceVersion: String(1000 + index),
      generation: 1,
      creationTimestamp: time,
      labels: { 'slingshot.hpe.com/node': node, 'slingshot.hpe.com/device': device },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: node, uid: `node-uid-${node}` }],
      managedFields: ['rackwright-driver-agent', 'rackwright-driver-agent-status'].map((manager) => ({
        manager,
        operation: 'Apply',
        apiVersion: 'cxi.hpe.com/v1',
        time,
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:status': Object.fromEntries(Object.keys(status).map((key) => [`f:${key}`, {}])) },
      })),
    },
    spec: {},
    status,
  };
}
