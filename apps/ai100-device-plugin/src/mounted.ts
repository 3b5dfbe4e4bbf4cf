import { HwError } from '@rackwright/core';
import type { HostReader } from '@rackwright/host';
import { hasProjectQuota, hostMounts, isReadOnly, mountAt } from '@rackwright/storage';
import type { CacheVolume } from './units/volume.ts';

/**
 * Looks whether the volume is what is mounted where it should be, now.
 *
 * @throws HwError FailedPrecondition if it is not, Unavailable if that cannot be told
 */
export function requireMounted(files: HostReader, { hostPath, device }: CacheVolume): void {
  const found = mountsOf(files);
  const mount = mountAt(found, hostPath);
  if (mount === undefined) throw new HwError('FailedPrecondition', `the cache is not mounted at ${hostPath}`);
  if (device !== undefined && mount.device !== device)
    throw new HwError(
      'FailedPrecondition',
      `at ${hostPath} something else is mounted: ${mount.source}, device ${mount.device} instead of ${device}`,
    );
  if (isReadOnly(mount)) throw new HwError('FailedPrecondition', `the cache at ${hostPath} is read-only`);
}

/** @throws HwError FailedPrecondition if what folders of the volume hold is not limited */
export function requireProjectQuota(files: HostReader, { hostPath }: CacheVolume): void {
  const mount = mountAt(mountsOf(files), hostPath);
  if (mount === undefined || !hasProjectQuota(mount))
    throw new HwError('FailedPrecondition', `the cache at ${hostPath} is mounted without project quotas`);
}

function mountsOf(files: HostReader): ReturnType<typeof hostMounts> {
  try {
    return hostMounts(files);
  } catch (cause) {
    throw new HwError('Unavailable', 'the mounts of the host cannot be read', { cause });
  }
}
