import { type AIStore, aistores } from '@rackwright/api';
import { ais } from '@rackwright/keys';
import { apiVersionOf, type KubeObject } from '@rackwright/kube';
import type { CaseNamespace } from '../../case-namespace.ts';
import { eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';

/** How long a cluster may take to come up or to change, in milliseconds. */
const patienceMs = 180_000;

const ports = { servicePort: 51_080, portPublic: 51_080, portIntraControl: 51_082, portIntraData: 51_083 };

/** A cluster with a volume for each target. */
export function clusterObject(name: string, storageClass: string, spec: object = {}): KubeObject {
  const object = {
    spec: {
      size: 1,
      nodeImage: 'docker.io/aistorage/aisnode:v4.9',
      initImage: 'docker.io/aistorage/ais-init:v4.9',
      stateStorage: { hostPath: { prefix: '/etc/ais' } },
      ...{ cleanupMetadata: true, cleanupData: true },
      proxySpec: { ...ports },
      targetSpec: {
        ...{ ...ports, servicePort: 51_081, portPublic: 51_081 },
        pdb: { enabled: true },
        mounts: [{ path: '/ais1', size: '10Mi', storageClass }],
      },
      ...spec,
    },
  };
  return { apiVersion: apiVersionOf(aistores), kind: aistores.kind, metadata: { name }, ...object };
}

/** Waits until a cluster is Ready with its spec as it is now. */
export function untilReady(
  testEnv: TestEnvironment,
  { name: namespace }: CaseNamespace,
  name: string,
): Promise<AIStore> {
  const what = `AIStore ${name} to be Ready`;
  return eventually(
    testEnv,
    what,
    async () => {
      const cluster = await testEnv.kube.get(aistores, { namespace, name });
      const { metadata, status } = cluster;
      if (status?.state === ais.state.ready && status.observedGeneration === metadata?.generation)
        return cluster;
      const ready = status?.conditions?.find(({ type }) => type === ais.condition.ready);
      throw new Error(`it is ${status?.state}: ${ready?.reason}: ${ready?.message}`);
    },
    { deadlineMs: patienceMs },
  );
}

/** Changes a cluster as a user would, and waits until it is as it shall be. */
export async function change(
  testEnv: TestEnvironment,
  namespace: CaseNamespace,
  name: string,
  spec: Partial<AIStore['spec']>,
): Promise<AIStore> {
  const key = { namespace: namespace.name, name };
  await testEnv.kube.patch(aistores, key, { spec }, { strategy: 'merge' });
  return untilReady(testEnv, namespace, name);
}
