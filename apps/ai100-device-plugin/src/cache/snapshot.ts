import type { Mount } from '@rackwright/host';
import type { LvmReport, Probe } from '@rackwright/storage';
import type { CacheDisk } from './disks.ts';
import type { PlanRecord } from './plan-record.ts';
import type { ReadyMade } from './ready-made.ts';
import type { CachePermission, CacheSettings } from './settings.ts';
import type { CacheBlocker, CacheFailure } from './state.ts';

/** What was seen of one logical volume, in this process. What was not looked at is absent. */
export interface VolumeObservation {
  readonly probe?: Probe;
  /** Whether the seal of this volume is in its file system. */
  readonly sealed?: boolean;
  /** Its file system is XFS as it was before its fifth version. */
  readonly legacyXfs?: boolean;
  /** It was unmounted to be mounted with project quotas, which is tried once. */
  readonly quotaTried?: boolean;
  /** It was made in this pass, of drives that passed the gates: whatever makes its file system looks for another. */
  readonly isNew?: boolean;
  /** Its file system was made to the end by this process. */
  readonly formatted?: boolean;
}

/** What is at a path where something is to be mounted. */
export type MountPointContent = 'absent' | 'empty' | 'not empty' | 'no folder';

/** All that decisions about the cache are made from. */
export interface CacheSnapshot {
  readonly settings: CacheSettings;
  readonly permission: CachePermission;
  readonly nowMs: number;
  /** The device that is mounted as it is, where the settings name one. */
  readonly readyMade?: ReadyMade;
  /** Every drive with a disk, in the order of serial numbers. */
  readonly disks: readonly CacheDisk[];
  /** How long the eligible drives have been the same. */
  readonly unchangedMs: number;
  /** For how long volumes have been lost while no container had a unit, by uuid. */
  readonly lostIdleMs: ReadonlyMap<string, number>;
  /** Volumes of which people were told that they are made anew, by uuid. */
  readonly rebuildTold: readonly string[];
  readonly report: LvmReport;
  readonly mounts: readonly Mount[];
  /** Where a volume is mounted while nobody may use it yet. */
  readonly stagingPath: string;
  /** Disks below active volumes in the kernel, by the volume's `major:minor`. */
  readonly slaves: ReadonlyMap<string, readonly string[]>;
  /** Groups that the kernel has volumes of, also where all their disks are gone and LVM shows nothing of them. */
  readonly mappedGroups: readonly string[];
  readonly plan: PlanRecord;
  /** By uuid of the logical volume. */
  readonly volumes: ReadonlyMap<string, VolumeObservation>;
  /** By path on the host. */
  readonly mountPoints: ReadonlyMap<string, MountPointContent>;
  /** What the safety gates say, by serial number. */
  readonly verdicts: ReadonlyMap<string, 'passed' | CacheBlocker>;
  /** What failed since the look began, by subject: it is not tried again before the next. */
  readonly failures: ReadonlyMap<string, CacheFailure>;
}
