import type { Mount } from '@rackwright/host';
import {
  type FileSystemType,
  fileSystemTypes,
  isReadOnly,
  type LogicalVolume,
  mountAt,
  type Probe,
} from '@rackwright/storage';
import { mountOptions, quotaBlocker } from './folder-quota.ts';
import { blocked, type GroupView, knownVolume, ownMount, stand, type VolumePlan } from './group-view.ts';
import { type FileSystemIdentity, taggedFileSystem } from './names.ts';
import { notShared } from './not-shared.ts';
import type { KnownVolume } from './plan-record.ts';
import type { CacheSnapshot } from './snapshot.ts';

/** What to do with a volume that may hold data: it is mounted, and nothing else is ever done to it. */
export function planReady(view: GroupView, lv: LogicalVolume, s: CacheSnapshot): VolumePlan {
  const tagged = taggedFileSystem(lv.tags);
  const type = fileSystemTypes.find((known) => known === tagged?.type);
  if (tagged === undefined || type === undefined) {
    const detail = `no tag of ${lv.path} says which file system it has`;
    return blocked(s, view, lv, { name: 'Tags', detail });
  }
  const known = recordOf(view, lv, s);
  if (known !== undefined) {
    const volumes = [...s.plan.volumes.filter(({ lvUuid }) => lvUuid !== lv.uuid), known];
    return { step: { kind: 'writePlan', subject: view.vg.name, plan: { ...s.plan, volumes } } };
  }
  if (s.permission.teardown === lv.uuid && s.permission.allocatedUnits === 0)
    return planTeardown(view, lv, s);
  return ownMount(s, lv, view.hostPath) === undefined
    ? planMount({ view, lv, type, tagged }, s)
    : planMounted(view, lv, s);
}

/** What is to be written down of a volume; undefined if that is there already. */
function recordOf(
  { vg, disks }: GroupView,
  lv: LogicalVolume,
  { plan }: CacheSnapshot,
): KnownVolume | undefined {
  const serials = disks.map(({ serial }) => serial);
  const known = knownVolume(plan.volumes, lv.uuid);
  const isSame =
    known !== undefined &&
    known.lostSince === undefined &&
    known.vg === vg.name &&
    known.lv === lv.name &&
    known.serials.join('\n') === serials.join('\n');
  return isSame ? undefined : { vg: vg.name, lv: lv.name, lvUuid: lv.uuid, serials };
}

function planMounted(view: GroupView, lv: LogicalVolume, s: CacheSnapshot): VolumePlan {
  const own = ownMount(s, lv, view.hostPath);
  if (own !== undefined && isReadOnly(own))
    return stand(s, view, lv, { state: 'MountFailed', message: `${view.hostPath} is mounted read-only` });
  const quota = own && planQuota(view, lv, own, s);
  if (quota !== undefined) return quota;
  const waits = s.permission.teardown === lv.uuid;
  const message = waits ? 'is given back once no container uses it' : `mounted at ${view.hostPath}`;
  return stand(s, view, lv, { state: 'Ready', message });
}

/** A file system gets project quotas when it is mounted, and not later: that takes a new mount, which nobody may be using. */
function planQuota(view: GroupView, lv: LogicalVolume, own: Mount, s: CacheSnapshot): VolumePlan | undefined {
  const blocker = quotaBlocker(own, s.settings);
  if (blocker === undefined) return undefined;
  const subject = view.vg.name;
  const mayRemount = own.fsType === 'xfs' && s.permission.allocatedUnits === 0;
  return mayRemount && s.volumes.get(lv.uuid)?.quotaTried !== true
    ? { step: { kind: 'unmount', subject, target: view.hostPath, forQuotaOf: lv.uuid } }
    : blocked(s, view, lv, blocker);
}

interface Unmounted {
  readonly view: GroupView;
  readonly lv: LogicalVolume;
  readonly type: FileSystemType;
  readonly tagged: FileSystemIdentity;
}

function planMount({ view, lv, type, tagged }: Unmounted, s: CacheSnapshot): VolumePlan {
  const subject = view.vg.name;
  const { hostPath } = view;
  const refuse = (name: string, detail: string): VolumePlan => blocked(s, view, lv, { name, detail });
  if (!lv.active) return { step: { kind: 'activate', subject } };
  const other = mountAt(s.mounts, hostPath);
  if (other !== undefined) return refuse('OtherMount', `${other.source} is mounted at ${hostPath}`);
  const { probe, formatted, sealed } = s.volumes.get(lv.uuid) ?? {};
  // What this pass made, had mounted and sealed is what the tag says.
  const isOwnWork = formatted === true && sealed === true;
  if (probe === undefined && !isOwnWork)
    return { step: { kind: 'probeVolume', subject, lvUuid: lv.uuid, path: lv.path } };
  if (probe !== undefined && !isSame(probe, tagged))
    return refuse(
      'FileSystemChanged',
      `${lv.path} has ${inWords(probe)} and not ${tagged.type} ${tagged.uuid}`,
    );
  const hidden = notShared(s.mounts, hostPath);
  if (hidden !== undefined) return blocked(s, view, lv, hidden);
  const content = s.mountPoints.get(hostPath);
  if (content === undefined) return { step: { kind: 'lookAtMountPoint', subject, hostPath } };
  if (content === 'not empty') return refuse('MountPointNotEmpty', `the folder ${hostPath} is not empty`);
  if (content === 'no folder') return refuse('MountPointNoFolder', `${hostPath} is no folder`);
  const mount = { source: lv.path, target: hostPath, type, options: mountOptions(type, s.settings) };
  return { step: { kind: 'mount', subject, mount } };
}

function isSame(probe: Probe, { type, uuid }: FileSystemIdentity): boolean {
  return probe.kind === 'found' && probe.type === type && probe.uuid === uuid;
}

function inWords(probe: Probe): string {
  if (probe.kind === 'found') return `${probe.type} ${probe.uuid ?? ''}`.trim();
  return probe.kind === 'nothing' ? 'no file system' : 'several signatures';
}

/** The node's owner wants it back: it is unmounted and its device taken away; what is on it stays. */
function planTeardown(view: GroupView, lv: LogicalVolume, s: CacheSnapshot): VolumePlan {
  const subject = view.vg.name;
  if (ownMount(s, lv, view.hostPath) !== undefined)
    return { step: { kind: 'unmount', subject, target: view.hostPath } };
  if (lv.active) return { step: { kind: 'deactivate', subject } };
  return stand(s, view, lv, { state: 'Pending', message: 'given back: not mounted and not active' });
}
