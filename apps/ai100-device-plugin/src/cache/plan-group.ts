import type { LogicalVolume, VolumeGroup } from '@rackwright/storage';
import {
  blocked,
  creationBlocker,
  type GroupView,
  groupView,
  isStale,
  stand,
  type VolumePlan,
} from './group-view.ts';
import { cacheTag, clusterTags, isOfAnotherCluster } from './names.ts';
import { planFormatting } from './plan-formatting.ts';
import { planReady } from './plan-ready.ts';
import { planLost, planRebuild } from './plan-rebuild.ts';
import type { CacheSnapshot } from './snapshot.ts';

/** What to do with a volume group that this agent made or took over. Pure. */
export function planGroup(vg: VolumeGroup, s: CacheSnapshot): VolumePlan {
  const view = groupView(vg, s);
  const [lv, ...others] = taggedVolumes(view);
  const refuse = (name: string, detail: string, gate?: number): VolumePlan =>
    blocked(s, view, lv, { name, detail, ...(gate !== undefined && { gate }) });
  if (s.report.vgs.filter(({ name }) => name === vg.name).length > 1)
    return refuse('DuplicateGroup', `several volume groups are called ${vg.name}`);
  if (vg.exported) return refuse('Exported', `volume group ${vg.name} is exported`);
  if (view.pvs.some(({ duplicate }) => duplicate))
    return refuse('Duplicate', `several disks have the identity of one of ${vg.name}`, 7);
  if (s.plan.rebuild?.vgUuid === vg.uuid) return planRebuild(view, s.plan.rebuild, s);
  if (vg.missingPvs > 0 || view.pvs.some(({ missing }) => missing) || lv?.partial === true)
    return planLost(view, lv, s);
  if (lv === undefined) return planVolumeOf(view, s);
  if (others.length > 0)
    return refuse('ManyVolumes', `volume group ${vg.name} has ${others.length + 1} volumes`);
  return planVolume(view, lv, s);
}

/** The volumes with one of our tags; those without where none has any. */
function taggedVolumes({ lvs }: GroupView): readonly LogicalVolume[] {
  const tagged = lvs.filter(
    ({ tags }) => tags.includes(cacheTag.formatting) || tags.includes(cacheTag.ready),
  );
  return tagged.length > 0 ? tagged : lvs;
}

/** The group was made and its volume not yet. */
function planVolumeOf(view: GroupView, s: CacheSnapshot): VolumePlan {
  const blocker = creationBlocker(s) ?? ineligible(view);
  if (blocker !== undefined) return blocked(s, view, undefined, blocker);
  const { settings } = s;
  const tags = [cacheTag.managed, cacheTag.formatting, ...clusterTags(settings.clusterId)];
  const { logicalVolume: name, stripeKiB } = settings;
  const spec = { vg: view.vg.name, name, stripes: view.pvs.length, stripeKiB, tags };
  return { step: { kind: 'createLv', subject: view.vg.name, spec } };
}

function planVolume(view: GroupView, lv: LogicalVolume, s: CacheSnapshot): VolumePlan {
  const refuse = (name: string, detail: string): VolumePlan => blocked(s, view, lv, { name, detail });
  const { tags, path } = lv;
  const isReady = tags.includes(cacheTag.ready);
  if (isReady === tags.includes(cacheTag.formatting))
    return refuse('Tags', `${path} must have one of the tags ${cacheTag.formatting} and ${cacheTag.ready}`);
  if (isOfAnotherCluster(tags, s.settings.clusterId))
    return refuse('OtherCluster', `${path} was made by another cluster; its tag ai100.cluster says so`);
  if (isStale(s, lv)) return planStale(view, lv, s);
  if (isReady) return planReady(view, lv, s);
  const blocker = creationBlocker(s) ?? ineligible(view);
  if (blocker !== undefined) return blocked(s, view, lv, blocker);
  if (!lv.active) return { step: { kind: 'activate', subject: view.vg.name } };
  return planFormatting(view, lv, s);
}

/**
 * The drives are back, and the kernel has the volume on what they were before:
 * it is taken away and made to appear again. Nobody's containers are cut off.
 */
function planStale(view: GroupView, lv: LogicalVolume, s: CacheSnapshot): VolumePlan {
  const mounts = s.mounts.filter(({ device }) => device === lv.device);
  const subject = view.vg.name;
  const { allocatedUnits } = s.permission;
  const [mount] = mounts;
  const lost = (message: string): VolumePlan => stand(s, view, lv, { state: 'Lost', message });
  if (mount === undefined) return { step: { kind: 'deactivate', subject } };
  if (allocatedUnits === undefined)
    return lost(`drives of ${lv.path} are back; nobody knows whether containers use it still`);
  if (allocatedUnits > 0)
    return stand(s, view, lv, {
      state: 'Lost',
      message: `drives of ${lv.path} are back; it is made to appear again once no container uses it`,
      staleConsumers: true,
    });
  const own = [view.hostPath, s.stagingPath];
  const foreign = mounts.find(({ mountPoint }) => !own.includes(mountPoint));
  if (foreign !== undefined)
    return lost(`drives of ${lv.path} are back, and its old file system is mounted at ${foreign.mountPoint}`);
  return { step: { kind: 'unmount', subject, target: mount.mountPoint } };
}

/** Nothing is written to disks that may not be part of a cache, whatever was on them. */
function ineligible({ vg, pvs, disks }: GroupView): { name: string; detail: string } | undefined {
  const eligible = disks.filter((disk) => disk.eligible);
  if (eligible.length === pvs.length) return undefined;
  return { name: 'NotEligible', detail: `volume group ${vg.name} lies on disks that are no eligible drives` };
}
