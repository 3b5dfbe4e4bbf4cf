import type { Clock, Logger } from '@rackwright/core';
import type { KubeConnection } from '@rackwright/kube';
import type { TopologyPolicy } from './devices/topology.ts';
import type { KubeletTimings } from './options.ts';
import type { ImageResolver } from './runtime/images.ts';
import type { ProcessGuard } from './runtime/process-guard.ts';
import type { ServingCredentials } from './server/kubelet-server.ts';

/** A simulated node: what it is called, what it is made of and whom it talks to. */
export interface KubeletOptions {
  readonly nodeName: string;
  /** Credentials of `system:node:<nodeName>` in group `system:nodes`. */
  readonly connection: KubeConnection;
  /** Folder that stands for the node's `/`. */
  readonly host: string;
  /** First three numbers of the loopback addresses the node and its pods listen on, like `127.20.3.`. */
  readonly podIpPrefix: string;
  /** First three numbers of the same addresses as the API server is told, like `10.244.3.`; default the same. */
  readonly shownIpPrefix?: string;
  /** Where an HTTP proxy of the cluster's network listens, `host:port`, for pods that are to use it. */
  readonly networkProxy?: string;
  /** Images the node can run, before the built-in ones. */
  readonly images: ImageResolver;
  /** Short-named folder for volumes and container roots; removed when the double is disposed. */
  readonly runFolder: string;
  readonly clock: Clock;
  readonly logger?: Logger;
  readonly labels?: Readonly<Record<string, string>>;
  /** What the node has, counts by resource; default 16 cores, 64 GiB, 110 pods. */
  readonly resources?: Readonly<Record<string, number>>;
  /** Where they differ from the real kubelet's. */
  readonly timings?: Partial<KubeletTimings>;
  /** Default `none`, as in the real kubelet. */
  readonly topologyPolicy?: TopologyPolicy;
  /** The feature gate CSIVolumeHealth: whether pods are told of volumes with which something is wrong; default off, as in the real kubelet. */
  readonly volumeHealth?: boolean;
  /** Without it there is no server and no `kubectl logs`. */
  readonly serving?: ServingCredentials;
  /** Port of that server; default 10250. */
  readonly port?: number;
  /** Who ends the containers if this process dies; default one of the node's own. */
  readonly guard?: ProcessGuard;
}

/** What a node has unless its options say otherwise. */
export const defaultResources: Readonly<Record<string, number>> = {
  cpu: 16,
  memory: 64 * 2 ** 30,
  'ephemeral-storage': 100 * 2 ** 30,
  pods: 110,
};
