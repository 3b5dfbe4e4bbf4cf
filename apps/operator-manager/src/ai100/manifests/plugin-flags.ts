import type { AidaptivCacheSpec } from '@rackwright/api';
import { flag, seconds } from './flag.ts';

/** Every field of an AidaptivCache that the device plugin goes by, as its flags. */
export function pluginFlags(spec: AidaptivCacheSpec): string[] {
  return [
    ...driveFlags(spec),
    ...volumeFlags(spec),
    ...unitFlags(spec),
    ...healthFlags(spec),
    ...recoveryFlags(spec),
  ];
}

function driveFlags({ discovery, firmware }: AidaptivCacheSpec): string[] {
  return [
    flag('model-pattern', discovery.modelPattern),
    flag('pci-vendors', discovery.pciVendors),
    flag('match', discovery.match),
    flag('allow-serials', discovery.allowSerials),
    flag('deny-serials', discovery.denySerials),
    seconds('discovery-interval', discovery.intervalSeconds),
    flag('firmware-check', firmware.check),
    flag('firmware', firmware.allowed),
  ];
}

function volumeFlags({ cache }: AidaptivCacheSpec): string[] {
  return [
    flag('cache-layout', cache.layout),
    flag('cache-min-devices', cache.minDevices),
    flag('cache-expected-devices', cache.expectedDevices),
    seconds('cache-settle', cache.settleSeconds),
    flag('cache-volume-group', cache.volumeGroup),
    flag('cache-logical-volume', cache.logicalVolume),
    flag('cache-stripe-size-kib', cache.stripeSizeKiB),
    flag('cache-filesystem', cache.filesystem),
    flag('cache-mount-options', cache.mountOptions),
    flag('cache-host-path', cache.hostPath),
    ...(cache.podPath === undefined ? [] : [flag('cache-pod-path', cache.podPath)]),
    flag('cache-adopt', cache.adopt),
    flag('cache-create', cache.create),
    flag('cache-data-policy', cache.dataPolicy),
  ];
}

function unitFlags({ devicePlugin }: AidaptivCacheSpec): string[] {
  return [
    flag('resource-name', devicePlugin.resourceName),
    flag('replicas-per-device', devicePlugin.replicasPerDevice),
    flag('isolation', devicePlugin.isolation),
    flag('injection', devicePlugin.injection),
    flag('pass-block-devices', devicePlugin.passBlockDevices),
  ];
}

function healthFlags({ health }: AidaptivCacheSpec): string[] {
  return [
    seconds('health-poll', health.pollSeconds),
    seconds('health-command-timeout', health.commandTimeoutSeconds),
    flag('percentage-used-warn', health.percentageUsedWarn),
    flag('media-errors-per-hour-max', health.mediaErrorsPerHourMax),
    seconds('resetting-grace', health.resettingGraceSeconds),
    flag('unhealthy-on-warning-bits', health.unhealthyOnWarningBits),
  ];
}

function recoveryFlags({ recovery }: AidaptivCacheSpec): string[] {
  return [
    flag('recovery-mode', recovery.mode),
    // Pods are evicted by the operator itself.
    flag(
      'recovery-actions',
      recovery.actions.filter((action) => action !== 'EvictConsumers'),
    ),
    flag('max-resets-per-device-per-hour', recovery.maxResetsPerDevicePerHour),
    flag('max-concurrent-nodes', recovery.maxConcurrentNodes),
    seconds('recovery-cooldown', recovery.cooldownSeconds),
    flag('recovery-max-attempts', recovery.maxAttempts),
  ];
}
