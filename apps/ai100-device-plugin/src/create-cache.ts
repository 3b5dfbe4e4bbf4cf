import { randomInt } from 'node:crypto';
import type { Clock, Logger } from '@rackwright/core';
import { boundedDisks, diskAccess } from '@rackwright/storage';
import { CacheKeeper, type CacheRecovery, type CacheSettings, Canary, DiskGuard } from './cache/index.ts';
import type { HostAccess } from './host-access.ts';
import type { AgentConfig } from './options/index.ts';
import type { Settings } from './settings.ts';

interface Surroundings {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told of each step that brings a cache back, before it and after. */
  readonly recovers: (recovery: CacheRecovery) => void;
}

/** What makes the cache as the flags say. */
export function createCache(
  config: AgentConfig,
  plan: Settings,
  { root, files, tools, lvm, calls }: HostAccess,
  { clock, logger, recovers }: Surroundings,
): CacheKeeper {
  const settings = cacheSettings(config, plan);
  const { create } = settings;
  const random = (): number => randomInt(2 ** 32) / 2 ** 32;
  const access = boundedDisks(diskAccess(tools, files), calls);
  const guard = new DiskGuard({ tools, files, lvm, create, access, random });
  const canary = new Canary({ host: root, tools, calls, clock });
  const around = { host: root, files, clock, logger, settings, recovers };
  return new CacheKeeper({ tools, lvm, guard, canary, calls, ...around });
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
    adopt: config.cacheAdopt === 'IfMatching',
    create: config.cacheCreate,
    retiredSerials: selection.rule.denySerials,
    clusterId: config.clusterId,
    ...(readyMadeDevice !== undefined && { readyMadeDevice }),
  };
}
