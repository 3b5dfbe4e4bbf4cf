import { isHwError } from '@rackwright/core';

/** A step of mounting a volume of a driver that failed, as the kubelet names it in events. */
export class VolumeError extends Error {
  /** For instance `MountVolume.MountDevice`. */
  readonly step: string;
  readonly volume: string;

  constructor(step: string, volume: string, cause: unknown) {
    super(`${step} of ${volume}`, { cause });
    this.name = 'VolumeError';
    this.step = step;
    this.volume = volume;
  }
}

/** Runs one step; what it throws becomes a `VolumeError` that names it. */
export async function volumeStep<T>(step: string, volume: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof VolumeError ? error : new VolumeError(step, volume, error);
  }
}

/** Whether a driver has surely stopped after an answer; after the others it may still be at work (isFinalError). */
export function isFinal(error: unknown): boolean {
  return !isHwError(error, 'Cancelled', 'DeadlineExceeded', 'Unavailable', 'ResourceExhausted', 'Conflict');
}
