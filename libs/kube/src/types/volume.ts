import type { ObjectMeta } from '../objects.ts';
import type { LabelSelector, LocalReference, Quantity } from './common.ts';

export interface KeyToPath {
  key: string;
  path: string;
  mode?: number;
}

export interface ObjectFieldSelector {
  apiVersion?: string;
  /** E.g. `metadata.name` or `spec.nodeName`. */
  fieldPath: string;
}

export interface ResourceFieldSelector {
  containerName?: string;
  resource: string;
  divisor?: Quantity;
}

export interface DownwardItem {
  path: string;
  mode?: number;
  fieldRef?: ObjectFieldSelector;
  resourceFieldRef?: ResourceFieldSelector;
}

export interface VolumeProjection {
  serviceAccountToken?: { path: string; audience?: string; expirationSeconds?: number };
  configMap?: { name?: string; optional?: boolean; items?: KeyToPath[] };
  secret?: { name?: string; optional?: boolean; items?: KeyToPath[] };
  downwardAPI?: { items?: DownwardItem[] };
}

export interface Volume {
  name: string;
  hostPath?: {
    path: string;
    type?:
      | ''
      | 'Directory'
      | 'DirectoryOrCreate'
      | 'File'
      | 'FileOrCreate'
      | 'Socket'
      | 'CharDevice'
      | 'BlockDevice';
  };
  emptyDir?: { medium?: string; sizeLimit?: Quantity };
  configMap?: { name?: string; optional?: boolean; items?: KeyToPath[]; defaultMode?: number };
  secret?: { secretName?: string; optional?: boolean; items?: KeyToPath[]; defaultMode?: number };
  projected?: { sources?: VolumeProjection[]; defaultMode?: number };
  downwardAPI?: { items?: DownwardItem[]; defaultMode?: number };
  persistentVolumeClaim?: { claimName: string; readOnly?: boolean };
  csi?: {
    driver: string;
    readOnly?: boolean;
    fsType?: string;
    volumeAttributes?: Record<string, string>;
    nodePublishSecretRef?: LocalReference;
  };
  ephemeral?: { volumeClaimTemplate: { metadata?: ObjectMeta; spec: PersistentVolumeClaimSpec } };
}

export interface VolumeMount {
  name: string;
  mountPath: string;
  readOnly?: boolean;
  subPath?: string;
  subPathExpr?: string;
  mountPropagation?: 'None' | 'HostToContainer' | 'Bidirectional';
}

export interface PersistentVolumeClaimSpec {
  accessModes?: string[];
  storageClassName?: string;
  volumeMode?: 'Filesystem' | 'Block';
  volumeName?: string;
  resources?: { requests?: Record<string, Quantity>; limits?: Record<string, Quantity> };
  selector?: LabelSelector;
}
