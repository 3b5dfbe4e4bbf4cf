import type { AIStore } from '@rackwright/api';
import { parseAIStore } from '@rackwright/api';
import { ais } from '@rackwright/keys';

const ports = { servicePort: 51_080, portPublic: 51_080, portIntraControl: 51_082, portIntraData: 51_083 };

/** A cluster as a user would write it, with what the API server adds. */
export function sampleCluster(change: Record<string, unknown> = {}): AIStore {
  const raw = {
    ...{ apiVersion: `${ais.group}/${ais.version}`, kind: 'AIStore' },
    metadata: {
      ...{ name: 'ais', namespace: 'ais', uid: 'cluster-uid', generation: 1 },
      finalizers: [ais.finalizer],
    },
    spec: {
      size: 3,
      ...{ nodeImage: 'docker.io/aistorage/aisnode:v4.9', initImage: 'docker.io/aistorage/ais-init:v4.9' },
      stateStorage: { hostPath: { prefix: '/etc/ais' } },
      proxySpec: { ...ports },
      targetSpec: {
        ...ports,
        servicePort: 51_081,
        portPublic: 51_081,
        mounts: [{ path: '/ais/nvme0n1', size: '10Gi' }],
      },
      ...change,
    },
  };
  const parsed = parseAIStore(raw as unknown as AIStore);
  if (!parsed.ok) throw parsed.error;
  return parsed.value;
}
