/** Names of the AI100 family (shared/specs/ai100.md). Those of the older operator are kept as they were. */
export const ai100 = {
  group: 'operators.phison.com',
  /** Extended resource: a share of the cache of AI100 drives. */
  resource: 'phison.com/ai100',
  /** CDI kind of its units. */
  cdiKind: 'phison.com/ai100',
  component: {
    devicePlugin: 'ai100-device-plugin',
    exporter: 'nvme-exporter',
  },
  env: {
    /** Where the cache is in a container; the second name is that of the older plugin's users. */
    cachePath: 'AI100_CACHE_PATH',
    nvmePath: 'NVME_PATH',
    units: 'AI100_UNITS',
    unitIds: 'AI100_UNIT_IDS',
    /** Bytes of the cache that the units of the container stand for. */
    cacheBytes: 'AI100_CACHE_BYTES',
    cacheLayout: 'AI100_CACHE_LAYOUT',
  },
  /** Annotations of Nodes by which people tell the agent what it may do. */
  annotation: {
    maintenance: 'phison.com/ai100-maintenance',
    allowInit: 'phison.com/ai100-allow-init',
    clearQuarantine: 'phison.com/ai100-clear-quarantine',
    teardown: 'phison.com/ai100-teardown',
  },
  /** Leases `ai100-recovery-<n>`: whose node has one may reset drives. */
  recoveryPermit: {
    prefix: 'ai100-recovery-',
    seconds: 600,
  },
  /** Reasons of events about a Node; each also a metric label value. */
  event: {
    unhealthy: 'AI100Unhealthy',
    degraded: 'AI100Degraded',
    recovered: 'AI100Recovered',
    recoveryStarted: 'AI100RecoveryStarted',
    recoveryFailed: 'AI100RecoveryFailed',
    replaceDevice: 'ReplaceDevice',
    firmwareMismatch: 'FirmwareMismatch',
    firmwareCheckSkipped: 'FirmwareCheckSkipped',
    duplicateSerial: 'DuplicateSerial',
    cacheBlocked: 'CacheBlocked',
    cacheExpansionPending: 'CacheExpansionPending',
    enduranceExceeded: 'EnduranceExceeded',
    legacyXfs: 'LegacyXfsV4',
    cacheReady: 'CacheReady',
    cacheFailed: 'CacheFailed',
    cacheFull: 'CacheFull',
  },
  /** Conditions of an AidaptivCacheNode. */
  condition: {
    cacheReady: 'CacheReady',
    devicesHealthy: 'DevicesHealthy',
    firmwareCompliant: 'FirmwareCompliant',
    toolsAvailable: 'ToolsAvailable',
  },
  fieldManager: {
    devicePlugin: 'rackwright-ai100-device-plugin',
  },
} as const;
