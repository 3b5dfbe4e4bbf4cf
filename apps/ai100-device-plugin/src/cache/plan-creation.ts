import type { CacheDisk } from './disks.ts';
import { creationBlocker } from './group-view.ts';
import { newPvUuid, type PlanRecord } from './plan-record.ts';
import type { CacheSnapshot } from './snapshot.ts';
import type { CacheBlocker, CacheFailure, CachePhase } from './state.ts';
import type { CacheStep, PlannedDisk } from './steps.ts';

/** How far a volume is that is not there yet. */
export interface Creation {
  readonly state: CachePhase;
  readonly message: string;
  readonly blockers: readonly CacheBlocker[];
  readonly failure?: CacheFailure;
}

export type CreationPlan = { readonly step: CacheStep } | { readonly creation: Creation };

/** Why no volume is made of the free drives yet; undefined if it may. Pure. */
export function whyNotYet(free: readonly CacheDisk[], s: CacheSnapshot): Creation | undefined {
  const { minDevices, expectedDevices, settleMs } = s.settings;
  const count = s.disks.filter(({ eligible }) => eligible).length;
  const pending = (message: string): Creation => ({ state: 'Pending', message, blockers: [] });
  if (free.length === 0) return pending('the node has no drive for a cache');
  const blocker = creationBlocker(s);
  if (blocker !== undefined) return { state: 'Blocked', message: blocker.detail, blockers: [blocker] };
  if (count < minDevices) return pending(`waits for ${minDevices} drives; there are ${count}`);
  if (expectedDevices > 0 && count !== expectedDevices)
    return pending(`waits for exactly ${expectedDevices} drives; there are ${count}`);
  if (s.unchangedMs < settleMs)
    return { state: 'Settling', message: 'waits until the drives stay the same', blockers: [] };
  return undefined;
}

/**
 * What to do next for a new volume group on these drives: they are all looked at
 * before the first is written. Pure, but for new identities.
 */
export function planCreation(group: string, free: readonly CacheDisk[], s: CacheSnapshot): CreationPlan {
  if (s.report.vgs.some(({ name }) => name === group)) {
    const detail = `there is a volume group ${group} that is not ours`;
    return {
      creation: { state: 'Blocked', message: detail, blockers: [{ gate: 7, name: 'GroupName', detail }] },
    };
  }
  const raw = free.filter((disk) => !isPrepared(disk, s));
  const unseen = raw.filter(({ serial }) => !s.verdicts.has(serial));
  if (unseen.length > 0) return { step: { kind: 'inspectDisks', subject: group, disks: unseen } };
  const blockers = raw.flatMap(({ serial }) => {
    const verdict = s.verdicts.get(serial);
    return verdict === undefined || verdict === 'passed' ? [] : verdict;
  });
  const [blocker] = blockers;
  if (blocker !== undefined) return { creation: { state: 'Blocked', message: blocker.detail, blockers } };
  return { step: nextWrite(group, free, s) };
}

function nextWrite(group: string, free: readonly CacheDisk[], s: CacheSnapshot): CacheStep {
  const plan = planned(group, free, s);
  if (plan !== undefined) return { kind: 'writePlan', subject: group, plan };
  const members = free.map((disk): PlannedDisk => ({ disk, pvUuid: s.plan.pvs[disk.serial] ?? '' }));
  const raw = members.find(({ disk }) => !isPrepared(disk, s));
  if (raw !== undefined) return { kind: 'createPv', subject: group, ...raw };
  return { kind: 'createVg', subject: group, disks: members };
}

/** Whether a drive is a physical volume of no group with the identity that was written down for it. */
function isPrepared({ path, serial }: CacheDisk, { report, plan }: CacheSnapshot): boolean {
  const planned = plan.pvs[serial];
  const same = report.pvs.filter(({ uuid }) => uuid === planned);
  const [pv] = same;
  return planned !== undefined && same.length === 1 && pv?.name === path && pv.vg === '' && !pv.duplicate;
}

/** The plan with what it lacks for these drives; undefined if it lacks nothing. */
function planned(group: string, free: readonly CacheDisk[], s: CacheSnapshot): PlanRecord | undefined {
  const { pvs, groups } = s.plan;
  const identities = free.flatMap(({ serial }) =>
    pvs[serial] === undefined ? [[serial, newPvUuid()] as const] : [],
  );
  const names = free.flatMap(({ serial }) =>
    s.settings.layout === 'PerDevice' && groups[serial] !== group ? [[serial, group] as const] : [],
  );
  if (identities.length + names.length === 0) return undefined;
  return {
    ...s.plan,
    pvs: { ...pvs, ...Object.fromEntries(identities) },
    groups: { ...groups, ...Object.fromEntries(names) },
  };
}
