import type { KubeObject } from '../objects.ts';
import type { IntOrString, LocalReference, ObjectCondition, ObjectReference, Quantity } from './common.ts';
import type { PersistentVolumeClaimSpec, Volume } from './volume.ts';

export interface ConfigMap extends KubeObject {
  data?: Record<string, string>;
  /** Base64. */
  binaryData?: Record<string, string>;
  immutable?: boolean;
}

export interface Secret extends KubeObject {
  type?: string;
  /** Base64. */
  data?: Record<string, string>;
  /** Plain text, write-only. */
  stringData?: Record<string, string>;
  immutable?: boolean;
}

export interface ServicePort {
  name?: string;
  port: number;
  targetPort?: IntOrString;
  nodePort?: number;
  protocol?: 'TCP' | 'UDP' | 'SCTP';
  appProtocol?: string;
}

export interface Service extends KubeObject {
  spec?: {
    type?: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
    clusterIP?: string;
    clusterIPs?: string[];
    externalName?: string;
    loadBalancerClass?: string;
    loadBalancerIP?: string;
    selector?: Record<string, string>;
    ports?: ServicePort[];
    publishNotReadyAddresses?: boolean;
    internalTrafficPolicy?: 'Cluster' | 'Local';
    externalTrafficPolicy?: 'Cluster' | 'Local';
    sessionAffinity?: 'ClientIP' | 'None';
  };
  status?: {
    loadBalancer?: { ingress?: { ip?: string; hostname?: string; ipMode?: string }[] };
    conditions?: ObjectCondition[];
  };
}

export interface EndpointSlice extends KubeObject {
  addressType: 'IPv4' | 'IPv6' | 'FQDN';
  endpoints: {
    addresses: string[];
    conditions?: { ready?: boolean; serving?: boolean; terminating?: boolean };
    hostname?: string;
    nodeName?: string;
    targetRef?: ObjectReference;
  }[];
  ports?: { name?: string; port?: number; protocol?: string; appProtocol?: string }[];
}

export interface ServiceAccount extends KubeObject {
  secrets?: ObjectReference[];
  imagePullSecrets?: LocalReference[];
  automountServiceAccountToken?: boolean;
}

export interface PersistentVolumeClaim extends KubeObject {
  spec?: PersistentVolumeClaimSpec;
  status?: {
    phase?: 'Pending' | 'Bound' | 'Lost';
    capacity?: Record<string, Quantity>;
    /** What is being grown to, by resource. */
    allocatedResources?: Record<string, Quantity>;
    /** How far that has come: `ControllerResizeInProgress`, `NodeResizePending` and so on. */
    allocatedResourceStatuses?: Record<string, string>;
    conditions?: ObjectCondition[];
  };
}

/** Names a Secret. */
export interface SecretReference {
  name?: string;
  namespace?: string;
}

export interface PersistentVolume extends KubeObject {
  spec?: {
    capacity?: Record<string, Quantity>;
    accessModes?: string[];
    storageClassName?: string;
    volumeMode?: 'Filesystem' | 'Block';
    persistentVolumeReclaimPolicy?: 'Retain' | 'Delete' | 'Recycle';
    claimRef?: ObjectReference;
    csi?: {
      driver: string;
      volumeHandle: string;
      fsType?: string;
      volumeAttributes?: Record<string, string>;
      readOnly?: boolean;
      nodeStageSecretRef?: SecretReference;
      nodePublishSecretRef?: SecretReference;
      nodeExpandSecretRef?: SecretReference;
    };
    mountOptions?: string[];
    local?: { path: string; fsType?: string };
    hostPath?: Volume['hostPath'];
    nodeAffinity?: unknown;
  };
  status?: { phase?: string; reason?: string; message?: string };
}
