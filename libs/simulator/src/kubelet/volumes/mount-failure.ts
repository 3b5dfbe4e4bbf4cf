import { errorMessage } from '@rackwright/core';
import { kubelet } from '@rackwright/keys';
import { VolumeError } from './csi/volume-error.ts';
import type { VolumeFailure } from './pod-volumes.ts';

/** The event of a volume that cannot be mounted, in the kubelet's words: people search for them. */
export function mountFailure({ volume, error }: VolumeFailure): {
  readonly reason: string;
  readonly message: string;
} {
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
