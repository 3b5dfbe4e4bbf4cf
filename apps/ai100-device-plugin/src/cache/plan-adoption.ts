import { fileSystemTypes, type LogicalVolume, type VolumeGroup } from '@rackwright/storage';
import { blocked, groupView, stand, type VolumePlan } from './group-view.ts';
import { cacheTag, clusterTags, fileSystemTag } from './names.ts';
import type { CacheSnapshot } from './snapshot.ts';

/** Volume groups that the vendor's scripts make. */
export const adoptedNames: readonly string[] = ['vg_aidaptiv', 'ai'];

/**
 * Whether a cache that somebody made may be taken over: a group by one of the
 * names, whole, and on eligible drives alone.
 */
export function isAdoptable(vg: VolumeGroup, s: CacheSnapshot): boolean {
  const { settings } = s;
  if (!settings.adopt || !adoptedNames.includes(vg.name) || vg.tags.includes(cacheTag.managed)) return false;
  if (s.report.vgs.filter(({ name }) => name === vg.name).length > 1 || vg.exported) return false;
  const { pvs, disks } = groupView(vg, s);
  if (settings.layout === 'PerDevice' && pvs.length > 1) return false;
  const eligible = disks.filter((disk) => disk.eligible);
  return pvs.length > 0 && eligible.length === pvs.length && pvs.every((pv) => !pv.missing && !pv.duplicate);
}

/** What to do with such a group: it gets the tags of a ready one, and is never formatted. Pure. */
export function planAdoption(vg: VolumeGroup, s: CacheSnapshot): VolumePlan {
  const view = groupView(vg, s);
  const [lv, ...others] = view.lvs;
  const subject = vg.name;
  const refuse = (detail: string): VolumePlan => blocked(s, view, lv, { name: 'NotAdoptable', detail });
  if (lv === undefined || others.length > 0)
    return refuse(`volume group ${vg.name} has ${view.lvs.length} volumes and not one`);
  if (lv.tags.includes(cacheTag.formatting)) return refuse(`${lv.path} is marked as not complete`);
  if (s.permission.maintenance)
    return stand(s, view, lv, { state: 'Pending', message: 'the node is marked as being maintained' });
  if (!lv.active) return { step: { kind: 'activate', subject } };
  const probe = s.volumes.get(lv.uuid)?.probe;
  if (probe === undefined) return { step: { kind: 'probeVolume', subject, lvUuid: lv.uuid, path: lv.path } };
  if (
    probe.kind !== 'found' ||
    probe.uuid === undefined ||
    !fileSystemTypes.some((type) => type === probe.type)
  )
    return refuse(`${lv.path} has no xfs or ext4 file system`);
  const wanted = [
    cacheTag.managed,
    cacheTag.ready,
    fileSystemTag({ type: probe.type, uuid: probe.uuid }),
    ...clusterTags(s.settings.clusterId),
  ];
  const add = wanted.filter((tag) => !lv.tags.includes(tag));
  if (add.length > 0)
    return { step: { kind: 'tagVolume', subject, name: lv.name, add, remove: staleTags(lv, wanted) } };
  return { step: { kind: 'tagGroup', subject, add: [cacheTag.managed] } };
}

/** Tags of ours from an earlier life of the volume. */
function staleTags({ tags }: LogicalVolume, wanted: readonly string[]): string[] {
  return tags.filter((tag) => tag.startsWith('ai100.') && !wanted.includes(tag));
}
