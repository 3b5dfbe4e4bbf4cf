import type { FileSystemType } from '@rackwright/storage';

/** How drives become volumes: one over all of them, or one for each. */
export const cacheLayouts = ['Striped', 'PerDevice'] as const;
export type CacheLayout = (typeof cacheLayouts)[number];

/** How the cache is made, found and mounted. */
export interface CacheSettings {
  readonly layout: CacheLayout;
  /** Fewest drives a cache is made of. */
  readonly minDevices: number;
  /** Drives to wait for; 0 for those that are found. */
  readonly expectedDevices: number;
  /** How long the drives must stay the same before a cache is made of them. */
  readonly settleMs: number;
  readonly volumeGroup: string;
  readonly logicalVolume: string;
  readonly stripeKiB: number;
  /** Of a new cache; one that is there keeps its own. */
  readonly fileSystem: FileSystemType;
  readonly mountOptions: readonly string[];
  /** Whether what folders hold is limited, which takes XFS mounted with project quotas. */
  readonly folderQuota: boolean;
  /** Where the first volume is mounted on the host. */
  readonly hostPath: string;
  /** Whether a cache that lost drives is made anew without its data. */
  readonly rebuild: boolean;
  /** How long it must be lost before, while no container has a unit. */
  readonly rebuildWaitMs: number;
  /** Whether a cache that somebody made on eligible drives is taken over. */
  readonly adopt: boolean;
  /** Whether disks may be written at all. */
  readonly create: boolean;
  /** Serial numbers of drives that are not coming back: a volume on them alone is forgotten. */
  readonly retiredSerials: readonly string[];
  /** Tells this cluster from others; empty where nobody said. */
  readonly clusterId: string;
  /** A block device that is mounted as it is, in place of a cache that is made. */
  readonly readyMadeDevice?: string;
}

/** What people and the cluster say about the node just now. */
export interface CachePermission {
  /** The node is being worked on: nothing is created. */
  readonly maintenance: boolean;
  /** Serial numbers of drives whose old content may be lost. */
  readonly allowInit: readonly string[];
  /** The volume that is to be given back, by its LVM uuid. */
  readonly teardown?: string;
  /** Units that containers hold; absent while nobody knows. */
  readonly allocatedUnits?: number;
}
