import { compareNatural } from '@rackwright/core';
import { mountAt } from '@rackwright/storage';
import type { CacheDisk } from './disks.ts';
import { freeDisks } from './free-disks.ts';
import { blocked, groupView, type VolumePlan } from './group-view.ts';
import { cacheTag } from './names.ts';
import { adoptedNames, isAdoptable, planAdoption } from './plan-adoption.ts';
import { type Creation, type CreationPlan, planCreation, whyNotYet } from './plan-creation.ts';
import { planGroup } from './plan-group.ts';
import { planMissing } from './plan-missing.ts';
import { planRebuilt } from './plan-rebuild.ts';
import { planReadyMade } from './ready-made.ts';
import type { CacheSnapshot } from './snapshot.ts';
import { type CacheFailure, type CachePhase, type CacheState, type VolumeState, worst } from './state.ts';
import type { CacheStep } from './steps.ts';

/** What to do next, or, where nothing is to be done now, how things stand. */
export type CachePlan = { readonly step: CacheStep } | { readonly state: CacheState };

/**
 * Decides the next step from one look at the node. Steps are small and each look
 * starts anew, so it does not matter where the last one was cut off. What failed
 * since the look began is not tried again. Pure, but for new identities of drives.
 */
export function planCache(s: CacheSnapshot): CachePlan {
  const { readyMadeDevice } = s.settings;
  if (readyMadeDevice !== undefined && s.readyMade !== undefined)
    return planReadyMade(readyMadeDevice, s.readyMade, s);
  const stray = strayStage(s);
  if (stray !== undefined && !s.failures.has(stray.subject)) return { step: stray };
  const rebuilt = planRebuilt(s);
  if (rebuilt !== undefined && !s.failures.has(rebuilt.subject)) return { step: rebuilt };
  const missing = planMissing(s);
  if ('step' in missing && !s.failures.has(missing.step.subject)) return missing;
  const planned = volumePlans(s);
  const step = planned.map((one) => stepOf(one, s)).find((found) => found !== undefined);
  if (step !== undefined) return { step };
  const volumes = [...planned.map((one) => settled(one, s)), ...('states' in missing ? missing.states : [])];
  const free = freeDisks(s);
  const creations =
    s.settings.layout === 'Striped' ? stripedCreation(volumes, free, s) : perDeviceCreations(free, s);
  const next = creations.map((one) => stepOf(one, s)).find((found) => found !== undefined);
  if (next !== undefined) return { step: next };
  return {
    state: summary(
      s,
      volumes,
      creations.map((one) => settledCreation(one, s)),
      free,
    ),
  };
}

/** A mount at the staging path that no volume in the making needs. */
function strayStage({ mounts, stagingPath, report }: CacheSnapshot): CacheStep | undefined {
  const mount = mountAt(mounts, stagingPath);
  if (mount === undefined) return undefined;
  const lv = report.lvs.find(({ device }) => device === mount.device);
  const isWanted = lv?.tags.includes(cacheTag.formatting) ?? false;
  return isWanted ? undefined : { kind: 'unstage', subject: 'staging', target: stagingPath };
}

interface PlannedGroup {
  readonly plan: VolumePlan;
  readonly blockedBy: (failure: CacheFailure) => VolumeState;
}

/** One for each group of ours and each that is taken over; the first at a path has it. */
function volumePlans(s: CacheSnapshot): PlannedGroup[] {
  const ours = s.report.vgs.filter(({ tags }) => tags.includes(cacheTag.managed));
  const adopted = s.report.vgs.filter((vg) => isAdoptable(vg, s));
  const taken = new Set<string>();
  return [...ours, ...(s.settings.layout === 'Striped' ? oneOf(ours.length, adopted) : adopted)]
    .sort((a, b) => compareNatural(a.name, b.name))
    .map((vg) => {
      const view = groupView(vg, s);
      const isTaken = taken.has(view.hostPath);
      taken.add(view.hostPath);
      const detail = `another volume has ${view.hostPath}`;
      const plan = isTaken
        ? blocked(s, view, view.lvs[0], { name: 'HostPathTaken', detail })
        : ours.includes(vg)
          ? planGroup(vg, s)
          : planAdoption(vg, s);
      const standing = blocked(s, view, view.lvs[0], { name: 'Failed', detail: '' }).state;
      const blockedBy = (failure: CacheFailure): VolumeState => ({
        ...standing,
        state: phaseAfter(failure),
        message: failure.message,
        blockers: [],
        failure,
      });
      return { plan, blockedBy };
    });
}

/** A striped cache is one: what is ours comes first, then the one with the newer name. */
function oneOf<T extends { readonly name: string }>(ours: number, adopted: readonly T[]): T[] {
  return ours > 0
    ? []
    : adopted.toSorted((a, b) => adoptedNames.indexOf(a.name) - adoptedNames.indexOf(b.name)).slice(0, 1);
}

/** What a failed step leaves. */
function phaseAfter({ step }: CacheFailure): CachePhase {
  if (['deactivate', 'unmount', 'startRebuild'].includes(step)) return 'Lost';
  if (step === 'removeMissing' || step === 'removeGroup') return 'Rebuilding';
  return ['mount', 'activate', 'probeVolume', 'lookAtMountPoint'].includes(step) ? 'MountFailed' : 'Creating';
}

function stepOf(planned: PlannedGroup | CreationPlan, s: CacheSnapshot): CacheStep | undefined {
  const plan = 'plan' in planned ? planned.plan : planned;
  return 'step' in plan && !s.failures.has(plan.step.subject) ? plan.step : undefined;
}

function settled({ plan, blockedBy }: PlannedGroup, s: CacheSnapshot): VolumeState {
  if ('state' in plan) return plan.state;
  return blockedBy(s.failures.get(plan.step.subject) ?? unknownFailure(plan.step));
}

function settledCreation(plan: CreationPlan, s: CacheSnapshot): Creation {
  if ('creation' in plan) return plan.creation;
  const failure = s.failures.get(plan.step.subject) ?? unknownFailure(plan.step);
  return { state: 'Creating', message: failure.message, blockers: [], failure };
}

function unknownFailure({ kind }: CacheStep): CacheFailure {
  return { step: kind, code: 'Internal', message: `${kind} was not done` };
}

function stripedCreation(
  volumes: readonly VolumeState[],
  free: readonly CacheDisk[],
  s: CacheSnapshot,
): CreationPlan[] {
  if (volumes.length > 0) return [];
  const creation = whyNotYet(free, s);
  return [creation === undefined ? planCreation(s.settings.volumeGroup, free, s) : { creation }];
}

function perDeviceCreations(free: readonly CacheDisk[], s: CacheSnapshot): CreationPlan[] {
  const creation = whyNotYet(free, s);
  if (creation !== undefined) return free.length === 0 ? [] : [{ creation }];
  const names = freeNames(s);
  return free.map((disk) => planCreation(s.plan.groups[disk.serial] ?? names.shift() ?? '', [disk], s));
}

/** Names of groups that no volume has, nor one that is missed or still in the kernel, nor a drive that may come back. */
function freeNames({ settings, report, plan, disks, mappedGroups }: CacheSnapshot): string[] {
  const reserved = Object.entries(plan.groups).filter(
    ([serial]) => !settings.retiredSerials.includes(serial),
  );
  const taken = new Set([
    ...report.vgs.map(({ name }) => name),
    ...plan.volumes.map(({ vg }) => vg),
    ...mappedGroups,
    ...reserved.map(([, name]) => name),
  ]);
  const most = taken.size + disks.length;
  const names = Array.from({ length: most }, (_, i) => `${settings.volumeGroup}${i}`);
  return names.filter((name) => !taken.has(name));
}

function summary(
  { settings }: CacheSnapshot,
  volumes: readonly VolumeState[],
  creations: readonly Creation[],
  free: readonly CacheDisk[],
): CacheState {
  const nothing: Creation = { state: 'Pending', message: 'the node has no drive for a cache', blockers: [] };
  const { state, message } = worst<VolumeState | Creation>([...volumes, ...creations]) ?? nothing;
  const failure = [...volumes, ...creations].find((one) => one.failure !== undefined)?.failure;
  return {
    state,
    message,
    layout: settings.layout,
    volumes,
    blockers: [...volumes, ...creations].flatMap(({ blockers }) => blockers),
    notInStripe: settings.layout === 'Striped' && volumes.length > 0 ? free.map(({ serial }) => serial) : [],
    ...(failure !== undefined && { failure }),
  };
}
