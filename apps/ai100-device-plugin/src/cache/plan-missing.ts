import { volumeHostPath, volumeIndex } from './names.ts';
import type { KnownVolume, PlanRecord } from './plan-record.ts';
import type { CacheSnapshot } from './snapshot.ts';
import type { VolumeState } from './state.ts';
import type { CacheStep } from './steps.ts';

/** How long the volume of a drive that is gone is missed, where each drive has its own. */
const missedMs = 24 * 60 * 60 * 1000;

/** The volumes of which LVM shows nothing, or the next step about them. */
export type MissingPlan = { readonly step: CacheStep } | { readonly states: readonly VolumeState[] };

/** What to do about volumes that have been ready and are not to be seen. Pure. */
export function planMissing(s: CacheSnapshot): MissingPlan {
  const missing = s.plan.volumes.filter(({ lvUuid }) => !s.report.lvs.some(({ uuid }) => uuid === lvUuid));
  const volumes = s.plan.volumes.flatMap((volume) =>
    missing.includes(volume) ? rewritten(volume, s) : volume,
  );
  const isSame =
    volumes.length === s.plan.volumes.length && volumes.every((one, i) => one === s.plan.volumes[i]);
  const plan: PlanRecord = { ...s.plan, volumes };
  if (!isSame) return { step: { kind: 'writePlan', subject: 'plan', plan } };
  return { states: missing.map((volume) => lost(volume, s)) };
}

/** Nothing if it is to be forgotten. */
function rewritten(volume: KnownVolume, s: CacheSnapshot): KnownVolume[] {
  const { settings, disks, nowMs } = s;
  const { serials, lostSince } = volume;
  const gone = serials.filter((serial) => !disks.some((disk) => disk.serial === serial));
  // All drives are there and none has it: somebody removed it.
  if (gone.length === 0 && !serials.some((serial) => isInGroup(serial, s))) return [];
  if (serials.every((serial) => settings.retiredSerials.includes(serial))) return [];
  if (settings.layout === 'PerDevice' && lostSince !== undefined && nowMs - lostSince > missedMs) return [];
  return [lostSince === undefined ? { ...volume, lostSince: nowMs } : volume];
}

function isInGroup(serial: string, { disks, report }: CacheSnapshot): boolean {
  const path = disks.find((disk) => disk.serial === serial)?.path;
  return report.pvs.some(({ name, vg }) => name === path && vg !== '');
}

function lost({ vg, lv, lvUuid, serials }: KnownVolume, { settings }: CacheSnapshot): VolumeState {
  return {
    state: 'Lost',
    message: `no drive of volume group ${vg} is there; its drives are ${serials.join(', ')}`,
    vg,
    vgSizeBytes: 0n,
    vgFreeBytes: 0n,
    missingPvs: serials.length,
    lv,
    lvUuid,
    stripes: 0,
    stripeBytes: 0n,
    hostPath: volumeHostPath(settings.hostPath, volumeIndex(vg, settings.volumeGroup)),
    legacyXfs: false,
    mounted: false,
    readOnly: false,
    mountOptions: [],
    members: serials,
    blockers: [],
  };
}
