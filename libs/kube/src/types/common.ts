import type { ObjectMeta } from '../objects.ts';

/** A number or a quantity text such as `100m` or `64Mi`. */
export type Quantity = string | number;

/** An absolute number, or for ports a name and for shares a percentage. */
export type IntOrString = number | string;

export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: {
    key: string;
    operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    values?: string[];
  }[];
}

/** The conditions of Kubernetes' own kinds; ours are in libs/controller. */
export interface ObjectCondition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
  lastUpdateTime?: string;
  lastHeartbeatTime?: string;
  lastProbeTime?: string | null;
  observedGeneration?: number;
}

/** Points at an object from another one's status or from an event. */
export interface ObjectReference {
  apiVersion?: string;
  kind?: string;
  namespace?: string;
  name?: string;
  uid?: string;
  resourceVersion?: string;
  fieldPath?: string;
}

export interface LocalReference {
  name: string;
}

/** The template of pods and the like: metadata and spec without identity. */
export interface Template<Spec> {
  metadata?: ObjectMeta;
  spec?: Spec;
}
