import type { KubeObject } from '../objects.ts';
import type { LabelSelector, ObjectCondition, Quantity } from './common.ts';

export interface CustomResourceDefinition extends KubeObject {
  spec?: {
    group: string;
    scope: 'Cluster' | 'Namespaced';
    names: {
      kind: string;
      plural: string;
      singular?: string;
      listKind?: string;
      shortNames?: string[];
      categories?: string[];
    };
    versions: {
      name: string;
      served: boolean;
      storage: boolean;
      deprecated?: boolean;
      deprecationWarning?: string;
      schema?: { openAPIV3Schema?: unknown };
      subresources?: { status?: object; scale?: unknown };
      additionalPrinterColumns?: {
        name: string;
        type: string;
        jsonPath: string;
        description?: string;
        format?: string;
        priority?: number;
      }[];
    }[];
    conversion?: {
      strategy: string;
      webhook?: {
        clientConfig?: {
          url?: string;
          service?: { namespace: string; name: string; path?: string; port?: number };
          caBundle?: string;
        };
        conversionReviewVersions: string[];
      };
    };
  };
  status?: { conditions?: ObjectCondition[]; storedVersions?: string[] };
}

export interface WebhookClientConfig {
  url?: string;
  service?: { namespace: string; name: string; path?: string; port?: number };
  /** Base64 PEM. */
  caBundle?: string;
}

export interface Webhook {
  name: string;
  clientConfig: WebhookClientConfig;
  rules?: {
    apiGroups?: string[];
    apiVersions?: string[];
    operations?: string[];
    resources?: string[];
    scope?: string;
  }[];
  failurePolicy?: 'Fail' | 'Ignore';
  matchPolicy?: 'Exact' | 'Equivalent';
  namespaceSelector?: LabelSelector;
  objectSelector?: LabelSelector;
  sideEffects: 'None' | 'NoneOnDryRun';
  timeoutSeconds?: number;
  admissionReviewVersions: string[];
  reinvocationPolicy?: 'Never' | 'IfNeeded';
  matchConditions?: { name: string; expression: string }[];
}

export interface MutatingWebhookConfiguration extends KubeObject {
  webhooks?: Webhook[];
}

export type ValidatingWebhookConfiguration = MutatingWebhookConfiguration;

export interface CSIDriver extends KubeObject {
  spec?: {
    attachRequired?: boolean;
    podInfoOnMount?: boolean;
    volumeLifecycleModes?: ('Persistent' | 'Ephemeral')[];
    storageCapacity?: boolean;
    fsGroupPolicy?: 'File' | 'None' | 'ReadWriteOnceWithFSType';
    requiresRepublish?: boolean;
    seLinuxMount?: boolean;
    tokenRequests?: { audience: string; expirationSeconds?: number }[];
  };
}

/** The CSI drivers of a node. */
export interface CSINode extends KubeObject {
  spec: {
    /** Null, not an empty list, while there is none. */
    drivers: CSINodeDriver[] | null;
  };
}

export interface CSINodeDriver {
  name: string;
  nodeID: string;
  topologyKeys?: string[] | null;
  allocatable?: { count?: number };
}

/** How much room a driver has in one part of its topology, for one class. */
export interface CSIStorageCapacity extends KubeObject {
  storageClassName: string;
  nodeTopology?: LabelSelector;
  capacity?: Quantity;
  maximumVolumeSize?: Quantity;
}

export interface StorageClass extends KubeObject {
  provisioner: string;
  parameters?: Record<string, string>;
  reclaimPolicy?: string;
  volumeBindingMode?: string;
  allowVolumeExpansion?: boolean;
}

export interface PriorityClass extends KubeObject {
  value: number;
  globalDefault?: boolean;
  description?: string;
}
