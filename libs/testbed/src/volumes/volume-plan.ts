import { kubernetes } from '@rackwright/keys';
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod, StorageClass } from '@rackwright/kube';

/** Name of the provisioner, for `provisioner:` of StorageClasses. */
export const localProvisioner = 'rackwright.io/local';

/** Folder of the nodes that holds the volumes; on their disk, so that it survives a restart. */
export const volumesFolder = '/var/lib/kubelet/local-volumes';

/** What is to be done about a claim. */
export type ClaimStep =
  | { readonly step: 'none' }
  /** Make the volume's folder on the node, then the volume. */
  | { readonly step: 'make'; readonly node: string }
  /** The scheduler is to choose again. */
  | { readonly step: 'reschedule'; readonly message: string }
  | { readonly step: 'refuse'; readonly message: string };

/** Decides about a claim that may be one for a local volume. */
export function claimStep(
  claim: PersistentVolumeClaim,
  storageClass: StorageClass | undefined,
  nodes: readonly Node[],
): ClaimStep {
  const { metadata, spec, status } = claim;
  if (storageClass?.provisioner !== localProvisioner || metadata?.deletionTimestamp) return { step: 'none' };
  if (spec?.volumeName || (status?.phase ?? 'Pending') !== 'Pending') return { step: 'none' };
  if (spec?.volumeMode === 'Block') return { step: 'refuse', message: 'local volumes are no block devices' };
  const shared = spec?.accessModes?.find((mode) => mode !== 'ReadWriteOnce' && mode !== 'ReadWriteOncePod');
  if (shared !== undefined) {
    return { step: 'refuse', message: `local volumes are on one node, ${shared} is not possible` };
  }
  if (spec?.selector) return { step: 'refuse', message: 'local volumes are not chosen by labels' };
  const waits = storageClass.volumeBindingMode === 'WaitForFirstConsumer';
  const selected = metadata?.annotations?.[kubernetes.annotation.selectedNode];
  if (selected === undefined) return waits ? { step: 'none' } : anyNode(nodes);
  if (nodes.some((node) => node.metadata?.name === selected)) return { step: 'make', node: selected };
  return { step: 'reschedule', message: `there is no node ${selected}` };
}

function anyNode(nodes: readonly Node[]): ClaimStep {
  const usable = nodes.filter(
    ({ spec, status }) =>
      !spec?.unschedulable &&
      status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True'),
  );
  const [first] = usable.map(({ metadata }) => metadata?.name ?? '').sort();
  if (first === undefined) return { step: 'refuse', message: 'no node is ready to hold a volume' };
  return { step: 'make', node: first };
}

/** Name of the volume of a claim. */
export function volumeName(claim: PersistentVolumeClaim): string {
  return `pvc-${claim.metadata?.uid}`;
}

/** The volume of a claim on a node. */
export function localVolume(
  claim: PersistentVolumeClaim,
  storageClass: StorageClass,
  node: Node,
): PersistentVolume {
  const { namespace = '', name = '', uid = '' } = claim.metadata ?? {};
  const hostname = node.metadata?.labels?.[kubernetes.label.hostname] ?? node.metadata?.name ?? '';
  const onNode = { key: kubernetes.label.hostname, operator: 'In', values: [hostname] };
  return {
    metadata: {
      name: volumeName(claim),
      annotations: { [kubernetes.annotation.provisionedBy]: localProvisioner },
    },
    spec: {
      capacity: { storage: claim.spec?.resources?.requests?.storage ?? '1Gi' },
      accessModes: claim.spec?.accessModes ?? ['ReadWriteOnce'],
      volumeMode: 'Filesystem',
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy === 'Retain' ? 'Retain' : 'Delete',
      storageClassName: storageClass.metadata?.name ?? '',
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid },
      local: { path: `${volumesFolder}/${volumeName(claim)}` },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [onNode] }] } },
    },
  };
}

/** Whether a volume's folder is to be removed: it was made here, its claim is gone and nobody wants to keep it. */
export function isDiscarded({ metadata, spec, status }: PersistentVolume): boolean {
  const isOurs = metadata?.annotations?.[kubernetes.annotation.provisionedBy] === localProvisioner;
  return isOurs && spec?.persistentVolumeReclaimPolicy === 'Delete' && status?.phase === 'Released';
}

/** Host name of the node a volume is on. */
export function hostnameOf({ spec }: PersistentVolume): string | undefined {
  const affinity = spec?.nodeAffinity as
    | { readonly required?: { readonly nodeSelectorTerms?: readonly Term[] } }
    | undefined;
  const [term] = affinity?.required?.nodeSelectorTerms ?? [];
  return term?.matchExpressions?.find(({ key }) => key === kubernetes.label.hostname)?.values?.[0];
}

interface Term {
  readonly matchExpressions?: readonly { readonly key: string; readonly values?: readonly string[] }[];
}

/** What a helper pod does to a volume's folder. */
export type FolderWork = 'make' | 'remove';

const scripts: Readonly<Record<FolderWork, string>> = {
  // Whoever the pods run as may write.
  make: 'mkdir -p "$0" && chmod 0777 "$0"',
  remove: 'rm -rf "$0"',
};

/** Where helper pods run. */
export const helperNamespace = 'kube-system';

/** Label of helper pods: the volume they work for. */
export const helperLabel = 'rackwright.io/local-volume';

export function helperName(volume: string, work: FolderWork): string {
  return `${work}-${volume}`;
}

/** A pod that makes or removes a volume's folder on its node. */
export function helperPod(volume: string, work: FolderWork, node: string): Pod {
  const script = `cd "$RACKWRIGHT_SANDBOX_ROOT/volumes" && ${scripts[work]}`;
  return {
    metadata: {
      name: helperName(volume, work),
      namespace: helperNamespace,
      labels: { [helperLabel]: volume },
    },
    spec: {
      nodeName: node,
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 1,
      automountServiceAccountToken: false,
      tolerations: [{ operator: 'Exists' }],
      containers: [
        {
          name: 'folder',
          image: 'rackwright/workload:latest',
          imagePullPolicy: 'IfNotPresent',
          command: ['/bin/sh', '-c', script, volume],
          volumeMounts: [{ name: 'volumes', mountPath: '/volumes' }],
        },
      ],
      volumes: [{ name: 'volumes', hostPath: { path: volumesFolder, type: 'DirectoryOrCreate' } }],
    },
  };
}
