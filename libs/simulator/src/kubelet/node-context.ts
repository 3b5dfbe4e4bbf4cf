import type { Clock, Logger } from '@rackwright/core';
import type { HostRoot } from '@rackwright/host';
import type { KubeClient } from '@rackwright/kube';
import type { CdiRegistry } from './cdi/cdi-registry.ts';
import type { DeviceManager } from './devices/device-manager.ts';
import type { NodeResources } from './env/resource-value.ts';
import type { ObjectCache } from './object-cache.ts';
import type { KubeletTimings } from './options.ts';
import type { PodEvents } from './pods/pod-events.ts';
import type { StatusPublisher } from './pods/status-publisher.ts';
import type { ContainerRuntime } from './runtime/container-runtime.ts';
import type { ImageResolver } from './runtime/images.ts';
import type { CsiVolumes } from './volumes/csi/csi-volumes.ts';
import type { TokenCache } from './volumes/tokens.ts';

/** What everything about one pod shares with the rest of the node. */
export interface NodeContext {
  readonly nodeName: string;
  /** Where the node listens. */
  readonly nodeIp: string;
  /** How the API server knows an address on which the node or a pod of it listens. */
  readonly shown: (address: string) => string;
  /** The HTTP proxy of the cluster's network, `host:port`; undefined where there is none. */
  readonly networkProxy: string | undefined;
  readonly resources: NodeResources;
  readonly host: HostRoot;
  /** Where pods keep their volumes and roots. */
  readonly podsFolder: string;
  /** Base URL of the API server. */
  readonly server: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly timings: KubeletTimings;
  /** When this kubelet started, milliseconds since the epoch. */
  readonly startedAt: number;
  readonly client: KubeClient;
  readonly runtime: ContainerRuntime;
  readonly images: ImageResolver;
  readonly devices: DeviceManager;
  readonly cdi: CdiRegistry;
  readonly csi: CsiVolumes;
  readonly events: PodEvents;
  readonly objects: ObjectCache;
  readonly tokens: TokenCache;
  readonly statuses: StatusPublisher;
}
