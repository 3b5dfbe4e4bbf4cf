import { type AIStore, aistores } from '@rackwright/api';
import { ais } from '@rackwright/keys';
import { apiVersionOf } from '@rackwright/kube';
import type { KillBed } from './kill-bed.ts';
import type { RestartedOperator } from './restarted-operator.ts';

/** Something that users ask of a cluster, and how it is known to be done. */
export interface LifeStep {
  readonly name: string;
  readonly spec: object;
  /** Default: it is Ready. */
  readonly isDone?: (cluster: AIStore) => boolean;
  /** Whether objects can be read afterwards; default true. */
  readonly serves?: boolean;
}

const isShutdown = ({ status }: AIStore): boolean => status?.state === ais.state.shutdown;

/** All that a cluster goes through (issue 12, Show 1), the switch to TLS and drained nodes left out. */
export const wholeLife: readonly LifeStep[] = [
  { name: 'grows 1→3', spec: { size: 3 } },
  { name: 'shrinks 3→2', spec: { size: 2 } },
  { name: 'rolls to another image', spec: { nodeImage: 'docker.io/aistorage/aisnode:v5.0' } },
  { name: 'takes a configuration', spec: { configToUpdate: { mirror: { copies: 2 } } } },
  { name: 'shuts down', spec: { shutdownCluster: true }, isDone: isShutdown, serves: false },
  { name: 'starts again', spec: { shutdownCluster: false } },
];

const name = 'ais';
const bucket = 'images';
const ports = { servicePort: 51_080, portPublic: 51_080, portIntraControl: 51_082, portIntraData: 51_083 };
const quick = { initialDelaySeconds: 0, periodSeconds: 1, failureThreshold: 120 };
/** People need not wait for the stand-in, nor for its probes. */
const quickRole = {
  probes: { readiness: quick, startup: quick },
  env: [{ name: 'AIS_STAND_IN_PACE', value: '0.02' }],
};

function clusterSpec(): object {
  const images = {
    nodeImage: 'docker.io/aistorage/aisnode:v4.9',
    initImage: 'docker.io/aistorage/ais-init:v4.9',
  };
  return {
    ...{ size: 1, ...images, cleanupMetadata: true, cleanupData: true },
    stateStorage: { hostPath: { prefix: '/etc/ais' } },
    proxySpec: { ...ports, ...quickRole },
    targetSpec: {
      ...{ ...ports, ...quickRole, servicePort: 51_081, portPublic: 51_081, disablePodAntiAffinity: true },
      mounts: [{ path: '/ais1', size: '10Mi', storageClass: 'local' }],
    },
  };
}

export interface LifeOptions {
  readonly bed: KillBed;
  readonly namespace: string;
  readonly operator: RestartedOperator;
  readonly steps: readonly LifeStep[];
  /** Objects that must be there after every step. */
  readonly objects: number;
}

/**
 * Leads a cluster from its creation through `steps` to its deletion. After each of
 * them every object is read and compared.
 *
 * @returns how often an object was read and compared
 * @throws if an object is not as it was put, or something is left at the end
 */
export async function leadLife({ bed, namespace, operator, steps, objects }: LifeOptions): Promise<number> {
  const fault = (): string | undefined => operator.fault;
  const key = { namespace, name };
  const isReady = ({ status }: AIStore): boolean => status?.state === ais.state.ready;
  operator.during = 'comes up';
  await bed.createNamespace(namespace);
  const metadata = { name, namespace };
  await bed.kube.create(aistores, {
    ...{ apiVersion: apiVersionOf(aistores), kind: aistores.kind, metadata },
    spec: clusterSpec() as AIStore['spec'],
  });
  const created = await bed.until(key, 'to come up', isReady, fault);
  using client = bed.objectsOf(created);
  await client.objects.createBucket(bucket);
  await inTurns(objects, (i) => client.objects.putObject(bucket, `o-${i}`, contentOf(i)));
  let compared = 0;
  const compare = async (step: string): Promise<void> => {
    await inTurns(objects, async (i) => {
      const found = await client.objects.getObject(bucket, `o-${i}`);
      if (!found.equals(contentOf(i))) throw new Error(`o-${i} is not as it was put, once it ${step}`);
      compared += 1;
    });
  };
  await compare(operator.during);
  for (const { name: step, spec, isDone = isReady, serves = true } of steps) {
    operator.during = step;
    await bed.patch(namespace, name, spec);
    await bed.until(key, `once it ${step}`, isDone, fault);
    if (serves) await compare(step);
  }
  operator.during = 'is deleted';
  await bed.kube.delete(aistores, key);
  let left: readonly string[] = [];
  const isGone = async (): Promise<true | undefined> => {
    left = await bed.left(namespace);
    if (left.length === 0) return true;
    throw new Error(`left: ${left.join(', ')}`);
  };
  await bed.untilTrue(`AIStore ${name} to be gone`, isGone, fault);
  return compared;
}

/** Objects of several sizes, none like another. */
function contentOf(i: number): Buffer {
  return Buffer.from(`object ${i} `.repeat(1 + (i % 40)));
}

/** Calls `work` for 0 to `count`, some at a time. */
async function inTurns(count: number, work: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) await work(i);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}
