import {
  type PmemCsiDeployment,
  type PmemDeployment,
  pmemCsiDeployments,
  pmemDeployments,
} from '@rackwright/api';
import { discovery, pmem } from '@rackwright/keys';
import { apiVersionOf, resources } from '@rackwright/kube';
import { type Check, type Checked, until } from '../../check.ts';

/** The node with persistent memory, which administrators label. */
export const pmemNode = 'node-c2';
/** The pod that writes to a volume, and its claim. */
export const writer = 'demo-writer';
const claim = 'demo-volume';
const namespace = 'default';
const storageClass = 'pmem-csi-sc-late-binding';
/** A second driver, its class, and a pod with a claim of it. */
const folders = 'folders.pmem-csi.intel.com';
const growing = 'demo-growing';

export const bringUp: readonly Check[] = [
  { what: "the example of the first PMEM-CSI operator's README is Running", run: deployFirst },
  { what: 'the scheduler is told how much a node has', run: readCapacity },
  { what: 'a claim gets a volume where its pod is, and the pod writes to it', run: runWriter },
  { what: 'a PmemCSIDeployment has a driver Running that makes volumes of folders', run: deployFolders },
  { what: 'a claim that asks for more has its volume grown while its pod runs', run: growVolume },
];

/** As node feature discovery labels nodes with persistent memory. */
const { memoryDax } = discovery.label;

async function deployFirst(checked: Checked): Promise<string> {
  const { kube } = checked;
  const labels = { [memoryDax]: 'true' };
  await kube.patch(resources.nodes, { name: pmemNode }, { metadata: { labels } }, { strategy: 'merge' });
  const name = 'pmem-deployment';
  const deployment: PmemDeployment = {
    apiVersion: apiVersionOf(pmemDeployments),
    kind: pmemDeployments.kind,
    metadata: { name },
    spec: { deviceMode: 'lvm', nodeSelector: labels },
  };
  await kube.create(pmemDeployments, deployment);
  return until(checked, 'the Deployment to be Running', async () => {
    const { status } = await kube.get(pmemDeployments, { name });
    if (status?.phase !== pmem.phase.running) return undefined;
    const labelSelector = `app.kubernetes.io/instance=${name}`;
    const pods = await kube.list(resources.pods, {
      namespace: checked.installation.namespace,
      labelSelector,
    });
    const names = pods.items.map(({ metadata }) => metadata?.name ?? '').sort();
    return `${name} ${status.phase}: ${names.join(', ')}`;
  });
}

async function deployFolders(checked: Checked): Promise<string> {
  const { kube } = checked;
  const deployment: PmemCsiDeployment = {
    apiVersion: apiVersionOf(pmemCsiDeployments),
    kind: pmemCsiDeployments.kind,
    metadata: { name: folders },
    spec: { deviceMode: 'fake', nodeSelector: { 'kubernetes.io/hostname': pmemNode } },
  };
  await kube.create(pmemCsiDeployments, deployment);
  return until(checked, 'the PmemCSIDeployment to be Running', async () => {
    const { status } = await kube.get(pmemCsiDeployments, { name: folders });
    if (status?.phase !== pmem.phase.running) return undefined;
    const parts = (status.driverComponents ?? []).map((one) => `${one.component} ${one.status}`);
    return `${folders} ${status.phase}: ${parts.join(', ')}`;
  });
}

async function readCapacity(checked: Checked): Promise<string> {
  return until(checked, 'a CSIStorageCapacity', async () => {
    const { items } = await checked.kube.list(resources.csiStorageCapacities, {
      namespace: checked.installation.namespace,
    });
    const found = items.find(({ storageClassName }) => storageClassName === storageClass);
    if (found?.capacity === undefined) return undefined;
    const node = Object.values(found.nodeTopology?.matchLabels ?? {}).join();
    return `${found.capacity} of ${storageClass} on ${node}`;
  });
}

/** Asks for a volume of a class, and for a pod that runs a script with it at data. */
async function claimFor(
  { kube }: Checked,
  of: { readonly claim: string; readonly pod: string; readonly className: string },
  script: string,
): Promise<void> {
  await kube.create(resources.persistentVolumeClaims, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: of.claim, namespace },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '64Mi' } },
      storageClassName: of.className,
    },
  });
  await kube.create(resources.pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: of.pod, namespace },
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
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: of.claim } }],
    },
  });
}

async function runWriter(checked: Checked): Promise<string> {
  const { kube, cluster } = checked;
  const script = 'cd "$RACKWRIGHT_SANDBOX_ROOT/data" && echo written >demo && cat demo && exec sleep 86400';
  await claimFor(checked, { claim, pod: writer, className: storageClass }, script);
  return until(checked, 'the pod to write to its volume', async () => {
    const pod = await kube.get(resources.pods, { namespace, name: writer });
    if (pod.status?.phase !== 'Running') return undefined;
    const { stdout } = await cluster.controlPlane.kubectl('logs', '--namespace', namespace, writer);
    if (!stdout.includes('written')) return undefined;
    const { spec } = await kube.get(resources.persistentVolumeClaims, { namespace, name: claim });
    return `${writer} on ${pod.spec?.nodeName} with ${spec?.volumeName}`;
  });
}

async function growVolume(checked: Checked): Promise<string> {
  const { kube } = checked;
  await kube.create(resources.storageClasses, {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: growing },
    provisioner: folders,
    volumeBindingMode: 'WaitForFirstConsumer',
    allowVolumeExpansion: true,
  });
  await claimFor(checked, { claim: growing, pod: growing, className: growing }, 'exec sleep 86400');
  await until(checked, 'the pod with the claim', async () => {
    const { status } = await kube.get(resources.pods, { namespace, name: growing });
    return status?.phase === 'Running';
  });
  const more = { spec: { resources: { requests: { storage: '128Mi' } } } };
  const place = { namespace, name: growing };
  await kube.patch(resources.persistentVolumeClaims, place, more, { strategy: 'merge' });
  return until(checked, 'the volume to be grown', async () => {
    const { status } = await kube.get(resources.persistentVolumeClaims, place);
    return status?.capacity?.storage === '128Mi' && `${growing} has ${status.capacity.storage}`;
  });
}
