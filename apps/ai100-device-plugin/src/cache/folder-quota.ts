import type { Mount } from '@rackwright/host';
import { type FileSystemType, hasProjectQuota, projectQuotaOption } from '@rackwright/storage';
import type { CacheSettings } from './settings.ts';
import type { CacheBlocker } from './state.ts';

/** Options a volume is mounted with; of several about quotas XFS takes the last. */
export function mountOptions(
  type: FileSystemType,
  { folderQuota, mountOptions: options }: Pick<CacheSettings, 'folderQuota' | 'mountOptions'>,
): readonly string[] {
  return folderQuota && type === 'xfs' ? [...options, projectQuotaOption] : options;
}

/** Why no folder of this mount can be limited although each is to be; undefined if it can. Pure. */
export function quotaBlocker(
  mount: Mount,
  { folderQuota }: Pick<CacheSettings, 'folderQuota'>,
): CacheBlocker | undefined {
  if (!folderQuota || hasProjectQuota(mount)) return undefined;
  const { mountPoint, fsType } = mount;
  if (fsType !== 'xfs')
    return {
      name: 'QuotaNeedsXfs',
      detail: `the isolation DirectoryQuota needs xfs, and the cache at ${mountPoint} is ${fsType}: set the isolation to Directory`,
    };
  return {
    name: 'QuotaOff',
    detail: `the cache at ${mountPoint} is mounted without the option ${projectQuotaOption}, which DirectoryQuota needs: it is mounted anew once no container has a unit; if that did not help, something else holds it, so run umount ${mountPoint} on the node or restart it`,
  };
}
