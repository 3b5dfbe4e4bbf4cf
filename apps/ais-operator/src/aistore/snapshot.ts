import type { AIStore } from '@rackwright/api';
import type { KubeObject, Node, Pod, Service, StatefulSet } from '@rackwright/kube';
import type { Observation } from './observed/observation.ts';
import type { Related } from './observed/related.ts';

/** All that one pass decides from, read at one moment. */
export interface Snapshot {
  /** `namespace/name`. */
  readonly key: string;
  /** The object as it is stored; undefined when it is gone. */
  readonly cluster: AIStore | undefined;
  /** All other clusters. */
  readonly others: readonly AIStore[];
  /** What exists for it, of every kind. */
  readonly live: readonly KubeObject[];
  readonly statefulSets: readonly StatefulSet[];
  readonly services: readonly Service[];
  readonly pods: readonly Pod[];
  readonly claims: readonly KubeObject[];
  readonly nodes: readonly Node[];
  /** Whether a proxy is ready to be asked. */
  readonly hasProxy: boolean;
  /** What its own API said; undefined while there is nobody to ask. */
  readonly ais: Observation | undefined;
  /** What is not watched. */
  readonly related: Related;
  /** The API server said that nothing can be made in the namespace any more. */
  readonly namespaceEnds: boolean;
  /** In milliseconds since the epoch. */
  readonly now: number;
}
