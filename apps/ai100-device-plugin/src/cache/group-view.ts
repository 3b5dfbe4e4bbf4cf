import { basename } from 'node:path';
import type { Mount } from '@rackwright/host';
import type { LogicalVolume, PhysicalVolume, VolumeGroup } from '@rackwright/storage';
import { isReadOnly, mountAt } from '@rackwright/storage';
import type { CacheDisk } from './disks.ts';
import { taggedFileSystem, volumeHostPath, volumeIndex } from './names.ts';
import type { KnownVolume } from './plan-record.ts';
import type { CacheSnapshot } from './snapshot.ts';
import type { CacheBlocker, VolumeState } from './state.ts';
import type { CacheStep } from './steps.ts';

/** What to do next for one volume, or how it stands. */
export type VolumePlan = { readonly step: CacheStep } | { readonly state: VolumeState };

/** A volume group with what belongs to it. */
export interface GroupView {
  readonly vg: VolumeGroup;
  readonly pvs: readonly PhysicalVolume[];
  readonly lvs: readonly LogicalVolume[];
  /** The drives of its physical volumes; fewer than those where some are no drives, or gone. */
  readonly disks: readonly CacheDisk[];
  readonly hostPath: string;
}

export function groupView(vg: VolumeGroup, { settings, report, disks }: CacheSnapshot): GroupView {
  const pvs = report.pvs.filter((pv) => pv.vg === vg.name);
  const paths = pvs.map(({ name }) => name);
  return {
    vg,
    pvs,
    lvs: report.lvs.filter(({ vgUuid }) => vgUuid === vg.uuid),
    disks: disks.filter(({ path }) => paths.includes(path)),
    hostPath: volumeHostPath(settings.hostPath, volumeIndex(vg.name, settings.volumeGroup)),
  };
}

/** The mount of a volume where it belongs. */
export function ownMount(s: CacheSnapshot, lv: LogicalVolume, hostPath: string): Mount | undefined {
  const found = mountAt(s.mounts, hostPath);
  return lv.device !== undefined && found?.device === lv.device ? found : undefined;
}

/** How a volume stands. */
export function stand(
  s: CacheSnapshot,
  view: GroupView,
  lv: LogicalVolume | undefined,
  {
    state,
    message,
    blockers = [],
    staleConsumers,
  }: Pick<VolumeState, 'state' | 'message' | 'staleConsumers'> & Partial<Pick<VolumeState, 'blockers'>>,
): { readonly state: VolumeState } {
  const { vg, hostPath } = view;
  const mount = lv === undefined ? undefined : ownMount(s, lv, hostPath);
  const fileSystem = taggedFileSystem(lv?.tags ?? []);
  return {
    state: {
      state,
      message,
      blockers,
      ...(staleConsumers && { staleConsumers }),
      hostPath,
      vg: vg.name,
      vgSizeBytes: vg.sizeBytes,
      vgFreeBytes: vg.freeBytes,
      missingPvs: vg.missingPvs,
      lv: lv?.name ?? s.settings.logicalVolume,
      ...(lv !== undefined && { lvUuid: lv.uuid, path: lv.path, sizeBytes: lv.sizeBytes }),
      ...(lv?.device !== undefined && { device: lv.device }),
      stripes: lv?.stripes ?? 0,
      stripeBytes: lv?.stripeBytes ?? 0n,
      ...(fileSystem !== undefined && { fileSystem: fileSystem.type, fsUuid: fileSystem.uuid }),
      legacyXfs: s.volumes.get(lv?.uuid ?? '')?.legacyXfs ?? false,
      mounted: mount !== undefined,
      readOnly: mount !== undefined && isReadOnly(mount),
      mountOptions: mount?.options ?? [],
      members: membersOf(s, view, lv),
    },
  };
}

/** How a volume stands that may not be used. */
export function blocked(
  s: CacheSnapshot,
  view: GroupView,
  lv: LogicalVolume | undefined,
  blocker: CacheBlocker,
): { readonly state: VolumeState } {
  return stand(s, view, lv, { state: 'Blocked', message: blocker.detail, blockers: [blocker] });
}

/** The drives a volume lies on, also those that are gone, as far as they are known. */
function membersOf({ plan }: CacheSnapshot, { disks }: GroupView, lv: LogicalVolume | undefined): string[] {
  const known = knownVolume(plan.volumes, lv?.uuid);
  return [...new Set([...(known?.serials ?? []), ...disks.map(({ serial }) => serial)])].sort();
}

export function knownVolume(
  volumes: readonly KnownVolume[],
  lvUuid: string | undefined,
): KnownVolume | undefined {
  return volumes.find((volume) => volume.lvUuid === lvUuid);
}

/**
 * Whether the kernel still has a volume on disks that are gone, though they are
 * back under other names. Volumes that lie on other volumes are not judged.
 */
export function isStale({ slaves }: CacheSnapshot, { device, devices }: LogicalVolume): boolean {
  const below = device === undefined ? undefined : slaves.get(device);
  if (below === undefined || below.length === 0 || below.some((name) => name.startsWith('dm-'))) return false;
  const wanted = devices.map((path) => basename(path));
  return wanted.length !== below.length || wanted.some((name) => !below.includes(name));
}

/** Why nothing is written on this node just now; undefined if it may. */
export function creationBlocker({ settings, permission }: CacheSnapshot): CacheBlocker | undefined {
  const refuse = (detail: string): CacheBlocker => ({ gate: 8, name: 'Permission', detail });
  if (!settings.create) return refuse('creating a cache is switched off');
  if (permission.maintenance) return refuse('the node is marked as being maintained');
  return undefined;
}
