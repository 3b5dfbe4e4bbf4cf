import type { BoundedCalls } from '@rackwright/core';
import { type HostRoot, makeFolder, writeFileDurable } from '@rackwright/host';
import {
  type HostTools,
  type Lvm,
  type LvmReport,
  makeFileSystem,
  mount,
  probeSignatures,
  unmount,
} from '@rackwright/storage';
import { inParallel } from '../in-parallel.ts';
import type { DiskGuard } from './disk-guard.ts';
import { prepareMountPoint } from './mount-point.ts';
import { cacheTag } from './names.ts';
import { mountPointContent } from './observe.ts';
import { formatPlan, planFile } from './plan-record.ts';
import { hasSeal, writeSeal } from './seal.ts';
import type { CachePermission } from './settings.ts';
import type { MountPointContent, VolumeObservation } from './snapshot.ts';
import type { CacheBlocker } from './state.ts';
import type { CacheStep, ChangeStep, LookStep } from './steps.ts';
import { isLegacyXfs } from './xfs-version.ts';

/** Where a volume is mounted until it is sealed. */
export const stagingPath = '/run/ai100/staging';

/** Disks that are looked at side by side: each takes two programs and a thread. */
const disksAtOnce = 2;

/** What looks found, in this pass; of volumes also what this process did before. */
export interface Findings {
  readonly verdicts: Map<string, 'passed' | CacheBlocker>;
  readonly mountPoints: Map<string, MountPointContent>;
  readonly volumes: Map<string, VolumeObservation>;
  /** What LVM said, with drives that were made its own since; undefined once something else was changed. */
  lvm?: LvmReport | undefined;
}

/** What steps are done with. */
export interface StepTools {
  readonly tools: HostTools;
  readonly lvm: Lvm;
  readonly guard: DiskGuard;
  /** For devices that may hang. */
  readonly calls: BoundedCalls;
  /** The host's tree with its mounts. */
  readonly host: HostRoot;
}

/** Does one look and keeps what it found. */
export async function look(
  step: LookStep,
  { tools, guard, calls, host }: StepTools,
  permission: CachePermission,
  found: Findings,
  signal: AbortSignal,
): Promise<void> {
  switch (step.kind) {
    case 'inspectDisks':
      return inParallel(step.disks, disksAtOnce, async (disk) => {
        const blocker = await guard.judge(disk, permission, signal, found.lvm);
        found.verdicts.set(disk.serial, blocker ?? 'passed');
      });
    case 'probeVolume':
      return note(found, step.lvUuid, {
        probe: await probeSignatures(tools, step.path, signal),
        legacyXfs: await calls.run(`read ${step.path}`, () => isLegacyXfs(host.path(step.path)), signal),
      });
    case 'readSeal':
      return note(found, step.staged.lvUuid, { sealed: await hasSeal(step.staged, { tools, host }) });
    case 'lookAtMountPoint':
      found.mountPoints.set(step.hostPath, await mountPointContent(host.path(step.hostPath)));
  }
}

/**
 * Does one change.
 *
 * @throws HwError of the tool that failed
 */
export async function change(
  step: ChangeStep,
  { tools, lvm, guard, host }: StepTools,
  permission: CachePermission,
  found: Findings,
  signal: AbortSignal,
): Promise<void> {
  const vg = step.subject;
  switch (step.kind) {
    case 'startRebuild':
    case 'writePlan':
      return writeFileDurable(host.path(planFile), formatPlan(step.plan));
    case 'createPv': {
      const { disk, pvUuid: uuid } = step;
      const write = (): Promise<void> => lvm.createPv({ device: disk.path, uuid }, signal);
      return guard.whilePassed(disk, permission, write, signal, found.lvm);
    }
    case 'createVg': {
      const devices = step.disks.map(({ disk }) => disk.path);
      const write = (): Promise<void> =>
        lvm.createVg({ name: vg, devices, tags: [cacheTag.managed] }, signal);
      return guard.whileOurs(step.disks, write);
    }
    case 'createLv':
      return lvm.createLv(step.spec, signal);
    case 'makeFileSystem':
      found.volumes.delete(step.lvUuid);
      await makeFileSystem(tools, step.spec, signal);
      found.volumes.set(step.lvUuid, { formatted: true });
      return;
    case 'stage':
      await makeFolder(host.path(step.mount.target), { mode: 0o700 });
      return mount(tools, step.mount, signal);
    case 'seal':
      await writeSeal(step.staged, { tools, host });
      return note(found, step.staged.lvUuid, { sealed: true });
    case 'mount':
      await prepareMountPoint(step.mount.target, { tools, host }, signal);
      return mount(tools, step.mount, signal);
    case 'unmount':
      if (step.forQuotaOf !== undefined) note(found, step.forQuotaOf, { quotaTried: true });
      return unmount(tools, step.target, signal);
    case 'unstage':
      return unmount(tools, step.target, signal);
    case 'tagVolume':
      return lvm.changeLvTags({ vg, name: step.name }, step, signal);
    case 'tagGroup':
      return lvm.addVgTags(vg, step.add, signal);
    case 'removeMissing':
      return guard.whileOursAlone(vg, step.disks, () => lvm.removeMissing(vg, signal), signal);
    case 'removeGroup':
      return guard.whileOursAlone(vg, step.disks, () => lvm.removeVg(vg, signal), signal);
    case 'activate':
      return lvm.activate(vg, signal);
    case 'deactivate':
      return lvm.deactivate(vg, signal);
  }
}

/** What of the node must be looked at again after a step. */
export function touched({ kind }: CacheStep): 'lvm' | 'mounts' | 'plan' | 'nothing' {
  switch (kind) {
    case 'createPv':
    case 'createVg':
    case 'createLv':
    case 'tagVolume':
    case 'tagGroup':
    case 'removeMissing':
    case 'removeGroup':
    case 'activate':
    case 'deactivate':
      return 'lvm';
    case 'stage':
    case 'unstage':
    case 'mount':
    case 'unmount':
      return 'mounts';
    case 'startRebuild':
    case 'writePlan':
      return 'plan';
    default:
      return 'nothing';
  }
}

function note({ volumes }: Findings, lvUuid: string, more: VolumeObservation): void {
  volumes.set(lvUuid, { ...volumes.get(lvUuid), ...more });
}
