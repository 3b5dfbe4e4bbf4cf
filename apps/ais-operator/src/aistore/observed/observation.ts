import type { ClusterMap, RebalanceStatus } from '@rackwright/aistore';
import type { ConfigPart } from '../manifests/cluster-config.ts';

/** What the API of a cluster said a moment ago. */
export interface Observation {
  /** When, in milliseconds since the epoch. */
  readonly at: number;
  /** Why the rest is not known; undefined when it is. */
  readonly problem?: string;
  /** The problem is the login of the operator, or what its token may do. */
  readonly isLoginRefused?: boolean;
  /** Whether its primary has started and could rebalance. */
  readonly isReady: boolean;
  readonly map?: ClusterMap;
  /** Its configuration, whole. */
  readonly config?: ConfigPart;
  readonly rebalance?: RebalanceStatus;
  /** A configuration it refused, and why. */
  readonly refused?: { readonly config: ConfigPart; readonly message: string };
}
