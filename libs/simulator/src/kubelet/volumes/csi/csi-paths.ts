import { createHash } from 'node:crypto';

/** The node's kubelet folder. */
export const kubeletFolder = '/var/lib/kubelet';

/** What one driver serves to one node: a persistent volume, or an inline one of a pod. */
export interface CsiVolume {
  /** Name of the PersistentVolume, or of the volume in the pod. */
  readonly name: string;
  readonly driver: string;
  readonly handle: string;
  readonly lifecycle: 'Persistent' | 'Ephemeral';
  readonly block: boolean;
  readonly readOnly: boolean;
  readonly fsType: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly mountOptions: readonly string[];
  /** Of the API: `ReadWriteOnce` and so on. */
  readonly accessMode: string;
  readonly secrets: {
    readonly stage?: SecretName;
    readonly publish?: SecretName;
    readonly expand?: SecretName;
  };
}

export interface SecretName {
  readonly namespace: string;
  readonly name: string;
}

const plugin = `${kubeletFolder}/plugins/kubernetes.io/csi`;
const devices = `${plugin}/volumeDevices`;

/** Where the kubelet has drivers put things, as paths of the node (pkg/volume/csi of Kubernetes 1.36). */
export const csiPaths = {
  /** Sockets by which plugins register. */
  registry: `${kubeletFolder}/plugins_registry`,
  /** Where a volume with a file system is staged. */
  staging: ({ driver, handle }: Pick<CsiVolume, 'driver' | 'handle'>): string =>
    `${plugin}/${driver}/${sha256(handle)}/globalmount`,
  /** Where a raw block volume is staged. */
  blockStaging: (name: string): string => `${devices}/staging/${name}`,
  /** Folder with one file or device per pod that uses a raw block volume. */
  blockPublish: (name: string): string => `${devices}/publish/${name}`,
  blockData: (name: string): string => `${devices}/${escapeName(name)}/data`,
  /** Folder with one folder per mounted volume of a pod. */
  podVolumes: (uid: string): string => `${podFolder(uid)}/volumes/kubernetes.io~csi`,
  target: (uid: string, name: string): string =>
    `${podFolder(uid)}/volumes/kubernetes.io~csi/${escapeName(name)}/mount`,
  /** Folder with one link per raw block volume of a pod. */
  podDevices: (uid: string): string => `${podFolder(uid)}/volumeDevices/kubernetes.io~csi`,
  pods: `${kubeletFolder}/pods`,
  podFolder,
} as const;

function podFolder(uid: string): string {
  return `${kubeletFolder}/pods/${uid}`;
}

/** The handle of an inline volume: the same at every try, another for every pod. */
export function inlineHandle(podUid: string, volume: string): string {
  return `csi-${sha256(podUid + volume)}`;
}

/** Name of the VolumeAttachment of a volume; also written down where nothing is attached. */
export function attachmentName(
  { handle, driver }: Pick<CsiVolume, 'handle' | 'driver'>,
  node: string,
): string {
  return `csi-${sha256(handle + driver + node)}`;
}

function escapeName(name: string): string {
  return name.replaceAll('/', '~');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
