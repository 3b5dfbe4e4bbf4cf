import type { CacheLayout } from './settings.ts';

/** What a cache is at, in the words of the AidaptivCacheNode status. */
export const cacheStates = [
  'Pending',
  'Settling',
  'Creating',
  'Ready',
  'Blocked',
  'MountFailed',
  'Lost',
  'Rebuilding',
] as const;
export type CachePhase = (typeof cacheStates)[number];

/** Why a disk is not written or a volume not used. */
export interface CacheBlocker {
  /** Number of the safety gate of a disk, 1 to 8; absent for other reasons. */
  readonly gate?: number;
  /** One word. */
  readonly name: string;
  readonly serial?: string;
  /** One sentence for people. */
  readonly detail: string;
}

/** What was tried last and did not work. */
export interface CacheFailure {
  /** The step, e.g. `makeFileSystem`. */
  readonly step: string;
  /** Kind of the error, e.g. `NotFound` for a tool that is missing. */
  readonly code: string;
  readonly message: string;
}

/** One volume. Without `lvUuid` it is not there, or not yet. */
export interface VolumeState {
  readonly state: CachePhase;
  /** One sentence for people. */
  readonly message: string;
  readonly vg: string;
  readonly vgSizeBytes: bigint;
  /** Of the group and not of the volume: what is left over where drives have unequal sizes. */
  readonly vgFreeBytes: bigint;
  readonly missingPvs: number;
  readonly lv: string;
  readonly lvUuid?: string;
  /** `/dev/VG/LV`. */
  readonly path?: string;
  /** `major:minor`, while active. */
  readonly device?: string;
  readonly sizeBytes?: bigint;
  readonly stripes: number;
  readonly stripeBytes: bigint;
  readonly fileSystem?: string;
  readonly fsUuid?: string;
  /** XFS in its fourth version, as the vendor's scripts make it: newer kernels will not mount it. */
  readonly legacyXfs: boolean;
  readonly hostPath: string;
  /** This very volume is mounted at `hostPath`. */
  readonly mounted: boolean;
  readonly readOnly: boolean;
  /** Nothing more fits. */
  readonly full?: true;
  readonly mountOptions: readonly string[];
  /** Serial numbers of the drives it lies on, also of those that are gone. */
  readonly members: readonly string[];
  readonly blockers: readonly CacheBlocker[];
  /** Its drives are back, and containers hold it as it was before: it is made to appear again once they end. */
  readonly staleConsumers?: true;
  readonly failure?: CacheFailure;
}

/** The cache of the node. */
export interface CacheState {
  /** Ready when every volume is; else what is worst. */
  readonly state: CachePhase;
  readonly message: string;
  readonly layout: CacheLayout;
  readonly volumes: readonly VolumeState[];
  readonly blockers: readonly CacheBlocker[];
  /** Eligible drives that are part of no volume, since the volume was made without them. */
  readonly notInStripe: readonly string[];
  /** Why nothing is known of the volumes now, or nothing could be made. */
  readonly failure?: CacheFailure;
}

const worstFirst: readonly CachePhase[] = [
  'Lost',
  'MountFailed',
  'Blocked',
  'Rebuilding',
  'Creating',
  'Settling',
  'Pending',
  'Ready',
];

/** The worst of several. */
export function worst<T extends { readonly state: CachePhase }>(states: readonly T[]): T | undefined {
  return states.toSorted((a, b) => worstFirst.indexOf(a.state) - worstFirst.indexOf(b.state))[0];
}

/** The state with its volumes as they are after all. Pure. */
export function withVolumes(state: CacheState, volumes: readonly VolumeState[]): CacheState {
  const told: Pick<CacheState, 'state' | 'message'>[] = volumes.filter(
    (volume, i) => volume !== state.volumes[i],
  );
  const { state: phase, message } = worst([...told, state]) ?? state;
  const failure = state.failure ?? volumes.find((volume) => volume.failure !== undefined)?.failure;
  return { ...state, state: phase, message, volumes, ...(failure !== undefined && { failure }) };
}
