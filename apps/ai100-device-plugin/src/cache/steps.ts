import type { FileSystemSpec, LogicalVolumeSpec, MountSpec } from '@rackwright/storage';
import type { CacheDisk } from './disks.ts';
import type { PlanRecord } from './plan-record.ts';
import type { Staged } from './seal.ts';

/** A drive and the identity it has, or is to have, in LVM. */
export interface PlannedDisk {
  readonly disk: CacheDisk;
  readonly pvUuid: string;
}

/** Looks at something and changes nothing. `subject` is what it is done for: the name of a volume group. */
export type LookStep =
  | { readonly kind: 'inspectDisks'; readonly subject: string; readonly disks: readonly CacheDisk[] }
  | { readonly kind: 'probeVolume'; readonly subject: string; readonly lvUuid: string; readonly path: string }
  /** Whether the file system that is staged has the seal of its volume. */
  | { readonly kind: 'readSeal'; readonly subject: string; readonly staged: Staged }
  | { readonly kind: 'lookAtMountPoint'; readonly subject: string; readonly hostPath: string };

/** Changes something. Each can be done again after it was cut off anywhere. */
export type ChangeStep =
  | { readonly kind: 'writePlan'; readonly subject: string; readonly plan: PlanRecord }
  | ({ readonly kind: 'createPv'; readonly subject: string } & PlannedDisk)
  | { readonly kind: 'createVg'; readonly subject: string; readonly disks: readonly PlannedDisk[] }
  | { readonly kind: 'createLv'; readonly subject: string; readonly spec: LogicalVolumeSpec }
  | {
      readonly kind: 'makeFileSystem';
      readonly subject: string;
      readonly lvUuid: string;
      readonly spec: FileSystemSpec;
    }
  /** Mounts a file system where nobody looks, to seal it or to look for the seal. */
  | { readonly kind: 'stage'; readonly subject: string; readonly lvUuid: string; readonly mount: MountSpec }
  | { readonly kind: 'seal'; readonly subject: string; readonly staged: Staged }
  | { readonly kind: 'unstage'; readonly subject: string; readonly target: string }
  | {
      readonly kind: 'tagVolume';
      readonly subject: string;
      readonly name: string;
      readonly add: readonly string[];
      readonly remove: readonly string[];
    }
  | { readonly kind: 'tagGroup'; readonly subject: string; readonly add: readonly string[] }
  /** Writes down that a cache is made anew without its data. */
  | { readonly kind: 'startRebuild'; readonly subject: string; readonly plan: PlanRecord }
  /** Destroys the volume of a group that lost drives. */
  | { readonly kind: 'removeMissing'; readonly subject: string; readonly disks: readonly PlannedDisk[] }
  | { readonly kind: 'removeGroup'; readonly subject: string; readonly disks: readonly PlannedDisk[] }
  | { readonly kind: 'activate'; readonly subject: string }
  | { readonly kind: 'mount'; readonly subject: string; readonly mount: MountSpec }
  | {
      readonly kind: 'unmount';
      readonly subject: string;
      readonly target: string;
      /** The volume that is unmounted to be mounted with project quotas. */
      readonly forQuotaOf?: string;
    }
  | { readonly kind: 'deactivate'; readonly subject: string };

export type CacheStep = LookStep | ChangeStep;

/** Steps of making a cache anew: so many nodes of a cluster do them at a time. */
export function needsPermit({ kind }: ChangeStep): boolean {
  return kind === 'startRebuild' || kind === 'removeMissing' || kind === 'removeGroup';
}

const looks: readonly CacheStep['kind'][] = ['inspectDisks', 'probeVolume', 'readSeal', 'lookAtMountPoint'];

export function isLook(step: CacheStep): step is LookStep {
  return looks.includes(step.kind);
}
