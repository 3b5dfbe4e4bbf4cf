import { fileSystemTypes, isReadOnly, mountAt } from '@rackwright/storage';
import { mountOptions, quotaBlocker } from './folder-quota.ts';
import { notShared } from './not-shared.ts';
import type { CacheSnapshot } from './snapshot.ts';
import type { CacheBlocker, CachePhase, CacheState, VolumeState } from './state.ts';
import type { CacheStep } from './steps.ts';

/** A block device that somebody else cares for. */
export interface ReadyMade {
  /** `major:minor`; undefined while it is not there. */
  readonly device: string | undefined;
  readonly sizeBytes: bigint;
  /** Serial numbers of the drives it lies on. */
  readonly members: readonly string[];
}

/** What to do with such a device: it is mounted if it has a file system. Nothing is ever written. */
export function planReadyMade(
  path: string,
  readyMade: ReadyMade,
  s: CacheSnapshot,
): { readonly step: CacheStep } | { readonly state: CacheState } {
  const { hostPath } = s.settings;
  const subject = path;
  const mount = mountAt(s.mounts, hostPath);
  const refuse = (name: string, detail: string): { state: CacheState } =>
    stand('Blocked', detail, [{ name, detail }]);
  const stand = (
    state: CachePhase,
    message: string,
    blockers: readonly CacheBlocker[] = [],
  ): { state: CacheState } => {
    const volume = volumeOf({ path, readyMade, state, message, blockers }, s);
    return { state: { state, message, layout: 'Striped', volumes: [volume], blockers, notInStripe: [] } };
  };
  const failure = s.failures.get(subject);
  if (readyMade.device === undefined) return stand('Pending', `there is no device ${path}`);
  if (mount?.device === readyMade.device) {
    if (isReadOnly(mount)) return stand('MountFailed', `${hostPath} is mounted read-only`);
    const blocker = quotaBlocker(mount, s.settings);
    return blocker === undefined
      ? stand('Ready', `mounted at ${hostPath}`)
      : stand('Blocked', blocker.detail, [blocker]);
  }
  if (mount !== undefined) return refuse('OtherMount', `${mount.source} is mounted at ${hostPath}`);
  if (failure !== undefined) return stand('MountFailed', failure.message);
  const probe = s.volumes.get(path)?.probe;
  if (probe === undefined) return { step: { kind: 'probeVolume', subject, lvUuid: path, path } };
  const type = fileSystemTypes.find((known) => probe.kind === 'found' && probe.type === known);
  if (type === undefined)
    return refuse('NoFileSystem', `${path} has no xfs or ext4 file system, and is never formatted`);
  const hidden = notShared(s.mounts, hostPath);
  if (hidden !== undefined) return refuse(hidden.name, hidden.detail);
  const content = s.mountPoints.get(hostPath);
  if (content === undefined) return { step: { kind: 'lookAtMountPoint', subject, hostPath } };
  if (content === 'not empty') return refuse('MountPointNotEmpty', `the folder ${hostPath} is not empty`);
  if (content === 'no folder') return refuse('MountPointNoFolder', `${hostPath} is no folder`);
  const options = mountOptions(type, s.settings);
  return { step: { kind: 'mount', subject, mount: { source: path, target: hostPath, type, options } } };
}

interface Standing {
  readonly path: string;
  readonly readyMade: ReadyMade;
  readonly state: CachePhase;
  readonly message: string;
  readonly blockers: readonly CacheBlocker[];
}

function volumeOf({ path, readyMade, state, message, blockers }: Standing, s: CacheSnapshot): VolumeState {
  const { hostPath } = s.settings;
  const found = mountAt(s.mounts, hostPath);
  const mount = found?.device === readyMade.device ? found : undefined;
  const { device, sizeBytes, members } = readyMade;
  return {
    state,
    message,
    blockers,
    vg: '',
    vgSizeBytes: 0n,
    vgFreeBytes: 0n,
    missingPvs: 0,
    lv: '',
    path,
    ...(device !== undefined && { device }),
    sizeBytes,
    stripes: members.length,
    stripeBytes: 0n,
    ...(mount !== undefined && { fileSystem: mount.fsType }),
    hostPath,
    legacyXfs: s.volumes.get(path)?.legacyXfs ?? false,
    mounted: mount !== undefined,
    readOnly: mount !== undefined && isReadOnly(mount),
    mountOptions: mount?.options ?? [],
    members,
  };
}
