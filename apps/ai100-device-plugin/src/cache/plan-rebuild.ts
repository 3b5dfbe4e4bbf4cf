import type { LogicalVolume } from '@rackwright/storage';
import { freeDisks } from './free-disks.ts';
import { creationBlocker, type GroupView, ownMount, stand, type VolumePlan } from './group-view.ts';
import { cacheTag, isOfAnotherCluster } from './names.ts';
import type { Rebuild } from './plan-record.ts';
import type { CacheSnapshot } from './snapshot.ts';
import type { CacheStep, PlannedDisk } from './steps.ts';

/**
 * What to do with a cache that lost drives. Its data may come back with them, so
 * it stays as it is; only where people said that its data is ephemeral, and new
 * drives are there for those that are gone, it is made anew. Pure.
 */
export function planLost(view: GroupView, lv: LogicalVolume | undefined, s: CacheSnapshot): VolumePlan {
  const message = `drives of volume group ${view.vg.name} are missing`;
  if (!s.settings.rebuild || lv === undefined) return stand(s, view, lv, { state: 'Lost', message });
  const refusal = refusalOf(view, lv, s) ?? (isIdle(lv, s) ? undefined : notIdle(s));
  if (refusal !== undefined)
    return stand(s, view, lv, { state: 'Lost', message: `${message}; it is not made anew: ${refusal}` });
  const unseen = freeDisks(s).filter(({ serial }) => !s.verdicts.has(serial));
  const subject = view.vg.name;
  if (unseen.length > 0) return { step: { kind: 'inspectDisks', subject, disks: unseen } };
  const pvs = Object.fromEntries(membersOf(view).map(({ disk, pvUuid }) => [disk.serial, pvUuid]));
  const rebuild = { vgUuid: view.vg.uuid, lvUuid: lv.uuid };
  const plan = { ...s.plan, pvs: { ...s.plan.pvs, ...pvs }, rebuild };
  return { step: { kind: 'startRebuild', subject, plan } };
}

/**
 * Goes on with what was written down. While the volume is there it can be
 * called off: its drives came back, or a container got a unit. Pure.
 */
export function planRebuild(view: GroupView, { lvUuid }: Rebuild, s: CacheSnapshot): VolumePlan {
  const { vg, lvs } = view;
  const subject = vg.name;
  const disks = membersOf(view);
  const lv = lvs.find(({ uuid }) => uuid === lvUuid);
  if (lv === undefined) return { step: { kind: 'removeGroup', subject, disks } };
  const isOff = !s.settings.rebuild || vg.missingPvs === 0 || refusalOf(view, lv, s) !== undefined;
  if (isOff) return { step: withoutRebuild(s, s.plan.volumes) };
  const message = `volume ${lvUuid} lost drives, and is made anew without its data`;
  if (!isIdle(lv, s) || !s.rebuildTold.includes(lvUuid))
    return stand(s, view, lv, { state: 'Rebuilding', message });
  const mount = s.mounts.find(({ device }) => device === lv.device);
  if (mount !== undefined) return { step: { kind: 'unmount', subject, target: mount.mountPoint } };
  if (lv.active) return { step: { kind: 'deactivate', subject } };
  return { step: { kind: 'removeMissing', subject, disks } };
}

/** The old cache is gone, and its drives are free for the new one: nobody misses it any more. Pure. */
export function planRebuilt(s: CacheSnapshot): CacheStep | undefined {
  const { rebuild, pvs, volumes } = s.plan;
  if (rebuild === undefined || s.report.vgs.some(({ uuid }) => uuid === rebuild.vgUuid)) return undefined;
  const known = volumes.find(({ lvUuid }) => lvUuid === rebuild.lvUuid);
  const serials = known?.serials ?? [];
  // Without a drive of it nobody can tell whether it is gone.
  const isSeen = serials.some((serial) =>
    s.report.pvs.some(({ uuid, vg }) => uuid === pvs[serial] && vg === ''),
  );
  if (known !== undefined && !isSeen) return undefined;
  return withoutRebuild(
    s,
    volumes.filter((volume) => volume !== known),
  );
}

function withoutRebuild(s: CacheSnapshot, volumes: CacheSnapshot['plan']['volumes']): CacheStep {
  const { rebuild: _, ...plan } = s.plan;
  return { kind: 'writePlan', subject: 'plan', plan: { ...plan, volumes } };
}

function isIdle({ uuid }: LogicalVolume, { lostIdleMs, settings }: CacheSnapshot): boolean {
  return (lostIdleMs.get(uuid) ?? 0) >= settings.rebuildWaitMs;
}

function notIdle({ settings }: CacheSnapshot): string {
  return `it has not been lost, with no unit in use, for ${settings.rebuildWaitMs / 1000} s`;
}

/** Why the data of a volume that lost drives is not given up; undefined if it may be. */
function refusalOf(view: GroupView, lv: LogicalVolume, s: CacheSnapshot): string | undefined {
  const { settings, permission } = s;
  if (settings.layout !== 'Striped') return 'each drive has its own volume';
  if (!isOurs(view, lv, s)) return 'it is not, or not alone, a cache of this cluster that was ready';
  if (permission.teardown === lv.uuid) return 'it is to be given back';
  if (permission.allocatedUnits !== 0)
    return `containers have ${permission.allocatedUnits ?? 'nobody knows how many'} units`;
  const mounts = s.mounts.filter(({ device }) => device === lv.device);
  const own = ownMount(s, lv, view.hostPath);
  if (mounts.some((mount) => mount !== own)) return 'it is mounted elsewhere, too';
  return creationBlocker(s)?.detail ?? incomplete(view, s);
}

function isOurs({ vg, lvs, pvs }: GroupView, { tags }: LogicalVolume, s: CacheSnapshot): boolean {
  const isReady = tags.includes(cacheTag.ready) && !tags.includes(cacheTag.formatting);
  const isManaged = vg.tags.includes(cacheTag.managed) && !isOfAnotherCluster(tags, s.settings.clusterId);
  return isReady && isManaged && lvs.length === 1 && !pvs.some(({ duplicate }) => duplicate);
}

/** Why the drives that are there are not those of a whole cache. */
function incomplete(view: GroupView, s: CacheSnapshot): string | undefined {
  const { expectedDevices, settleMs } = s.settings;
  const present = view.pvs.filter(({ missing }) => !missing);
  const members = view.disks.filter(({ eligible, foreign }) => eligible && foreign !== true);
  if (members.length === 0 || members.length !== present.length)
    return 'it lies on disks that are no eligible drives';
  const free = freeDisks(s);
  const count = members.length + free.length;
  const wanted = expectedDevices > 0 ? expectedDevices : view.pvs.length;
  if (count < wanted) return `it takes ${wanted} drives, and there are ${count}`;
  if (s.unchangedMs < settleMs) return 'the drives have not stayed the same';
  const verdicts = free.map(({ serial }) => s.verdicts.get(serial) ?? 'passed');
  const refused = verdicts.find((verdict) => verdict !== 'passed');
  return refused && `drive ${refused.serial}: ${refused.detail}`;
}

/** The drives that are still there, with their identities. */
function membersOf({ pvs, disks }: GroupView): PlannedDisk[] {
  return disks.flatMap((disk) => {
    const pv = pvs.find(({ name }) => name === disk.path);
    return pv === undefined ? [] : { disk, pvUuid: pv.uuid };
  });
}
