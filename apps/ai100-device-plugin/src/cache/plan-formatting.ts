import { type FileSystemType, type LogicalVolume, mountAt } from '@rackwright/storage';
import { blocked, type GroupView, knownVolume, type VolumePlan } from './group-view.ts';
import { cacheTag, fileSystemTag, fileSystemUuid } from './names.ts';
import type { CacheSnapshot, VolumeObservation } from './snapshot.ts';

/** A volume that holds nothing yet, and what its file system is to be. */
interface Unfinished {
  readonly view: GroupView;
  readonly lv: LogicalVolume;
  readonly type: FileSystemType;
  readonly uuid: string;
  readonly seen: VolumeObservation;
}

/**
 * What to do with a volume whose file system is not known to be complete. It has
 * never been where anybody could write to it, so its file system may be made
 * again; that is the only case.
 */
export function planFormatting(view: GroupView, lv: LogicalVolume, s: CacheSnapshot): VolumePlan {
  const mounts = s.mounts.filter(({ device }) => device === lv.device);
  const used = mounts.find(({ mountPoint }) => mountPoint !== s.stagingPath);
  if (used !== undefined) {
    const detail = `${lv.path} is said to be empty, and is mounted at ${used.mountPoint}`;
    return blocked(s, view, lv, { name: 'InUse', detail });
  }
  if (knownVolume(s.plan.volumes, lv.uuid) !== undefined) {
    const detail = `${lv.path} is said to be empty, and has been ready before`;
    return blocked(s, view, lv, { name: 'Tags', detail });
  }
  const seen = s.volumes.get(lv.uuid) ?? {};
  const work = { view, lv, seen, type: s.settings.fileSystem, uuid: fileSystemUuid(lv.uuid) };
  const isStaged = mountAt(s.mounts, s.stagingPath)?.device === lv.device && mounts.length > 0;
  return isStaged ? planStaged(work, s) : planUnstaged(work, s);
}

function planStaged({ view, lv, seen }: Unfinished, { stagingPath }: CacheSnapshot): VolumePlan {
  const staged = { path: stagingPath, device: lv.device ?? '', lvUuid: lv.uuid };
  const about = { subject: view.vg.name, staged };
  if (seen.formatted === true && seen.sealed !== true) return { step: { kind: 'seal', ...about } };
  if (seen.sealed === undefined) return { step: { kind: 'readSeal', ...about } };
  return { step: { kind: 'unstage', subject: view.vg.name, target: stagingPath } };
}

function planUnstaged(work: Unfinished, s: CacheSnapshot): VolumePlan {
  const { view, lv, seen, type, uuid } = work;
  const subject = view.vg.name;
  if (seen.sealed === true) {
    const add = [cacheTag.ready, fileSystemTag({ type, uuid })];
    return { step: { kind: 'tagVolume', subject, name: lv.name, add, remove: [cacheTag.formatting] } };
  }
  if (seen.formatted === true) return stage(work, s);
  const { probe, isNew = false } = seen;
  if (probe === undefined && !isNew)
    return { step: { kind: 'probeVolume', subject, lvUuid: lv.uuid, path: lv.path } };
  const isWhole = probe?.kind === 'found' && probe.type === type && probe.uuid === uuid;
  if (isWhole && seen.sealed === undefined) return stage(work, s);
  const geometry =
    lv.stripes > 1 ? { stripes: lv.stripes, stripeKiB: Number(lv.stripeBytes / 1024n) } : undefined;
  const spec = {
    device: lv.path,
    type,
    uuid,
    replace: probe !== undefined && probe.kind !== 'nothing',
    ...(geometry !== undefined && { geometry }),
  };
  return { step: { kind: 'makeFileSystem', subject, lvUuid: lv.uuid, spec } };
}

function stage({ view, lv, type }: Unfinished, { settings, stagingPath }: CacheSnapshot): VolumePlan {
  const mount = { source: lv.path, target: stagingPath, type, options: settings.mountOptions };
  return { step: { kind: 'stage', subject: view.vg.name, lvUuid: lv.uuid, mount } };
}
