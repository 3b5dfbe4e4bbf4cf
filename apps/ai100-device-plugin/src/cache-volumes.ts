import type { CacheState, VolumeState } from './cache/index.ts';
import type { CacheVolume } from './units/volume.ts';

/** The volumes of a cache as units see them; what is not made yet has no units. Pure. */
export function volumesOfCache({ volumes }: CacheState): CacheVolume[] {
  return volumes.filter(({ lvUuid, mounted }) => lvUuid !== undefined || mounted).map(volumeOf);
}

function volumeOf(volume: VolumeState): CacheVolume {
  const { hostPath, members, device, sizeBytes, state, message, mounted, readOnly, failure } = volume;
  const isReady = state === 'Ready' && mounted;
  const reason = failure?.step === 'canary' ? 'CanaryFailed' : state;
  const verdict = isReady && readOnly ? readOnlyVerdict(hostPath) : { reason, message };
  return {
    ...{ hostPath, members, usable: isReady && !readOnly, ...verdict },
    // Every volume of LVM is in a group.
    ...(volume.vg === '' && { readyMade: true as const }),
    ...(device !== undefined && { device }),
    ...(sizeBytes !== undefined && { sizeBytes }),
  };
}

function readOnlyVerdict(hostPath: string): Pick<CacheVolume, 'reason' | 'message'> {
  return { reason: 'ReadOnly', message: `the cache at ${hostPath} is read-only` };
}
