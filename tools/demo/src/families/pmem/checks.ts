import { type PmemCsiDeployment, pmemCsiDeployments } from '@rackwright/api';
import { pmem } from '@rackwright/keys';
import { apiVersionOf, resources } from '@rackwright/kube';
import { type Check, type Checked, until } from '../../check.ts';

/** The node with persistent memory, which administrators label. */
export const pmemNode = 'node-plain';
/** The pod that writes to a volume, and its claim. */
export const writer = 'demo-writer';
const claim = 'demo-volume';
const storageClass = 'pmem-csi-sc-late-binding';

export const bringUp: readonly Check[] = [
  { what: 'a PmemCSIDeployment has its driver Running on nodes with persistent memory', run: deploy },
  { what: 'the scheduler is told how much a node has', run: readCapacity },
  { what: 'a claim gets a volume where its pod is, and the pod writes to it', run: runWriter },
];

async function deploy(checked: Checked): Promise<string> {
  const { kube } = checked;
  const label = { metadata: { labels: { storage: 'pmem' } } };
  await kube.patch(resources.nodes, { name: pmemNode }, label, { strategy: 'merge' });
  const deployment: PmemCsiDeployment = {
    apiVersion: apiVersionOf(pmemCsiDeployments),
    kind: pmemCsiDeployments.kind,
    metadata: { name: pmem.driverName },
    // Volumes are folders: a laptop has no persistent memory.
    spec: { deviceMode: 'fake' },
  };
  await kube.create(pmemCsiDeployments, deployment);
  return until(checked, 'the deployment to be Running', async () => {
    const { status } = await kube.get(pmemCsiDeployments, { name: pmem.driverName });
    if (status?.phase !== pmem.phase.running) return undefined;
    const parts = (status.driverComponents ?? []).map((one) => `${one.component} ${one.status}`);
    return `${pmem.driverName} ${status.phase}: ${parts.join(', ')}`;
  });
}

async function readCapacity(checked: Checked): Promise<string> {
  const { namespace } = checked.installation;
  return until(checked, 'a CSIStorageCapacity', async () => {
    const { items } = await checked.kube.list(resources.csiStorageCapacities, { namespace });
    const found = items.find(({ storageClassName }) => storageClassName === storageClass);
    if (found?.capacity === undefined) return undefined;
    const node = Object.values(found.nodeTopology?.matchLabels ?? {}).join();
    return `${found.capacity} of ${storageClass} on ${node}`;
  });
}

const script = 'cd "$RACKWRIGHT_SANDBOX_ROOT/data" && echo written >demo && cat demo && exec sleep 86400';

async function runWriter(checked: Checked): Promise<string> {
  const { kube, cluster } = checked;
  const namespace = 'default';
  await kube.create(resources.persistentVolumeClaims, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: claim, namespace },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
      storageClassName: storageClass,
    },
  });
  await kube.create(resources.pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: writer, namespace },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: 'app',
          image: 'rackwright/workload:latest',
          command: ['/bin/sh', '-c', script],
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
        },
      ],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: claim } }],
    },
  });
  return until(checked, 'the pod to write to its volume', async () => {
    const pod = await kube.get(resources.pods, { namespace, name: writer });
    if (pod.status?.phase !== 'Running') return undefined;
    const { stdout } = await cluster.controlPlane.kubectl('logs', '--namespace', namespace, writer);
    if (!stdout.includes('written')) return undefined;
    const { spec } = await kube.get(resources.persistentVolumeClaims, { namespace, name: claim });
    return `${writer} on ${pod.spec?.nodeName} with ${spec?.volumeName}`;
  });
}
