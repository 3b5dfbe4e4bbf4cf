import { randomInt } from 'node:crypto';
import { boundedDisks, diskAccess } from '@rackwright/storage';
import {
  CacheKeeper,
  type CacheKeeperOptions,
  type CacheSettings,
  Canary,
  DiskGuard,
} from './cache/index.ts';
import type { HostAccess } from './host-access.ts';
import type { AgentConfig } from './options/index.ts';
import type { Settings } from './settings.ts';

type Surroundings = Required<Pick<CacheKeeperOptions, 'clock' | 'logger' | 'recovers' | 'rebuildPermit'>>;

/** What makes the cache as the flags say. */
export function createCache(
  config: AgentConfig,
  plan: Settings,
  { root, files, tools, lvm, calls }: HostAccess,
  parts: Surroundings,
): CacheKeeper {
  const settings = cacheSettings(config, plan);
  const { create } = settings;
  const random = (): number => randomInt(2 ** 32) / 2 ** 32;
  const access = boundedDisks(diskAccess(tools, files), calls);
  const guard = new DiskGuard({ tools, files, lvm, create, access, random });
  const canary = new Canary({ host: root, tools, calls, clock: parts.clock });
  return new CacheKeeper({ ...parts, tools, lvm, guard, canary, calls, host: root, files, settings });
}

function cacheSettings(
  config: AgentConfig,
  { hostPath, readyMadeDevice, selection }: Settings,
): CacheSettings {
  return {
    layout: config.cacheLayout,
    minDevices: config.cacheMinDevices,
    expectedDevices: config.cacheExpectedDevices,
    settleMs: config.cacheSettle,
    volumeGroup: config.cacheVolumeGroup,
    logicalVolume: config.cacheLogicalVolume,
    stripeKiB: config.cacheStripeSizeKiB,
    fileSystem: config.cacheFilesystem,
    mountOptions: config.cacheMountOptions,
    folderQuota: config.isolation === 'DirectoryQuota',
    hostPath,
    rebuild:
      config.recoveryMode === 'Auto' &&
      config.recoveryActions.includes('Rebuild') &&
      config.cacheDataPolicy === 'Ephemeral',
    rebuildWaitMs: config.recoveryRebuildWait,
    adopt: config.cacheAdopt === 'IfMatching',
    create: config.cacheCreate,
    retiredSerials: selection.rule.denySerials,
    clusterId: config.clusterId,
    ...(readyMadeDevice !== undefined && { readyMadeDevice }),
  };
}
