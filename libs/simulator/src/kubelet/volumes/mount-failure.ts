import { errorMessage } from '@rackwright/core';
import { kubelet } from '@rackwright/keys';
import type { Pod } from '../pod-model.ts';
import { ClaimError } from './claim.ts';
import { VolumeError } from './csi/volume-error.ts';
import type { PodVolumes, VolumeFailure } from './pod-volumes.ts';

/** An event in the kubelet's words: people search for them. */
interface MountEvent {
  readonly reason: string;
  readonly message: string;
}

/** Whether the claim is at fault, so that nobody has been asked to mount anything yet. */
export function isUnprocessed({ error }: VolumeFailure): boolean {
  return error instanceof ClaimError;
}

/** The events of a pod whose volumes are not all mounted: one for all without a usable claim, one for each other. */
export function mountFailures(
  pod: Pod,
  failures: readonly VolumeFailure[],
  volumes: Pick<PodVolumes, 'has'>,
): readonly MountEvent[] {
  const unprocessed = failures.filter(isUnprocessed);
  const events = failures.filter((failure) => !isUnprocessed(failure)).map(mountFailure);
  return unprocessed.length === 0 ? events : [...events, claimFailure(pod, unprocessed, volumes)];
}

function claimFailure(
  { spec: { volumes = [] } }: Pod,
  failures: readonly VolumeFailure[],
  mounted: Pick<PodVolumes, 'has'>,
): MountEvent {
  const unmounted = volumes.map(({ name }) => name).filter((name) => !mounted.has(name));
  const lists = [
    `unmounted volumes=${listed(unmounted)}`,
    'unattached volumes=[]',
    `failed to process volumes=${listed(failures.map(({ volume }) => volume))}`,
  ];
  const why = failures.map(({ error }) => errorMessage(error)).join('; ');
  return {
    reason: kubelet.event.failedMount,
    message: `Unable to attach or mount volumes: ${lists.join(', ')}: ${why}`,
  };
}

function listed(names: readonly string[]): string {
  return `[${names.toSorted().join(' ')}]`;
}

function mountFailure({ volume, error }: VolumeFailure): MountEvent {
  const { failedMount, failedMapVolume } = kubelet.event;
  if (!(error instanceof VolumeError)) {
    return {
      reason: failedMount,
      message: `MountVolume.SetUp failed for volume "${volume}" : ${errorMessage(error)}`,
    };
  }
  return {
    reason: error.step.startsWith('MapVolume') ? failedMapVolume : failedMount,
    message: `${error.step} failed for volume "${error.volume}" : ${errorMessage(error.cause)}`,
  };
}
