/** Specs of AidaptivCaches with what must be said about them, by our parser and by the API server alike. */
type Spec = Record<string, unknown>;

export const goodSpecs: Readonly<Record<string, Spec>> = {
  nothing: {},
  'blocks without fields': { discovery: {}, cache: {}, health: {}, devicePlugin: {}, recovery: {} },
  'drives by name': {
    discovery: {
      match: 'Model',
      modelPattern: 'ai[12]00e',
      pciVendors: ['1987', 'ABcd'],
      allowSerials: ['AI1E2T0240000001', 'a-b.c/d'],
      denySerials: ['X'],
      intervalSeconds: 10,
    },
    firmware: { check: 'Warn', allowed: ['EIFZ00.1', 'E'] },
  },
  'a cache of its own': {
    cache: {
      layout: 'PerDevice',
      minDevices: 2,
      expectedDevices: 2,
      settleSeconds: 0,
      volumeGroup: 'vg.1+2_-',
      logicalVolume: '_lv',
      stripeSizeKiB: 1024,
      filesystem: 'ext4',
      mountOptions: ['discard', 'stripe=64'],
      hostPath: '/srv/a b/..c',
      podPath: '/etc/cache',
      adopt: 'Never',
      create: false,
      dataPolicy: 'Ephemeral',
    },
  },
  'a folder each': { devicePlugin: { isolation: 'Directory' } },
  'a folder each with a quota': { devicePlugin: { isolation: 'DirectoryQuota' } },
  'a lost cache made anew': {
    cache: { dataPolicy: 'Ephemeral' },
    recovery: { actions: ['Rescan', 'Rebuild'] },
  },
  'no options at all': { cache: { mountOptions: [] }, recovery: { actions: [], mode: 'Off' } },
  'every bit': {
    health: { pollSeconds: 5, commandTimeoutSeconds: 4, unhealthyOnWarningBits: [0, 1, 2, 3, 4, 5] },
  },
  'arguments of older manifests': {
    devicePlugin: { arguments: ['-m', '/mnt/nvme0', '-skip_firmware_check'], image: '' },
    exporter: { arguments: ['--all-nvme'], image: 'localhost:5000/exporter:1', port: 1024 },
  },
};

interface BadSpec {
  readonly spec: Spec;
  /** What the refusal names. */
  readonly field: string;
}

export const badSpecs: Readonly<Record<string, BadSpec>> = {
  'a pattern that does not compile': {
    spec: { discovery: { modelPattern: '(' } },
    field: 'spec.discovery.modelPattern',
  },
  'no pattern': { spec: { discovery: { modelPattern: '' } }, field: 'spec.discovery.modelPattern' },
  'a vendor of five digits': {
    spec: { discovery: { pciVendors: ['19870'] } },
    field: 'spec.discovery.pciVendors',
  },
  'no vendor': { spec: { discovery: { pciVendors: [] } }, field: 'spec.discovery.pciVendors' },
  'a serial number that is allowed and denied': {
    spec: { discovery: { allowSerials: ['A', 'B'], denySerials: ['B'] } },
    field: 'spec.discovery.allowSerials',
  },
  'a serial number with a comma': {
    spec: { discovery: { allowSerials: ['A,B'] } },
    field: 'spec.discovery.allowSerials',
  },
  'a match nobody knows': { spec: { discovery: { match: 'Any' } }, field: 'spec.discovery.match' },
  'a look every second': {
    spec: { discovery: { intervalSeconds: 1 } },
    field: 'spec.discovery.intervalSeconds',
  },
  'firmware of nine characters': {
    spec: { firmware: { allowed: ['EIFZ00.12'] } },
    field: 'spec.firmware.allowed',
  },
  'fewer drives expected than needed': {
    spec: { cache: { minDevices: 3, expectedDevices: 2 } },
    field: 'spec.cache.expectedDevices',
  },
  'a volume group ..': { spec: { cache: { volumeGroup: '..' } }, field: 'spec.cache.volumeGroup' },
  'a logical volume with a dash in front': {
    spec: { cache: { logicalVolume: '-f' } },
    field: 'spec.cache.logicalVolume',
  },
  'a stripe of 100 KiB': { spec: { cache: { stripeSizeKiB: 100 } }, field: 'spec.cache.stripeSizeKiB' },
  'a read-only mount': { spec: { cache: { mountOptions: ['ro'] } }, field: 'spec.cache.mountOptions' },
  'a mount option with a context': {
    spec: { cache: { mountOptions: ['context=x'] } },
    field: 'spec.cache.mountOptions',
  },
  'two mount options in one': {
    spec: { cache: { mountOptions: ['a,ro'] } },
    field: 'spec.cache.mountOptions',
  },
  'a cache at /': { spec: { cache: { hostPath: '/' } }, field: 'spec.cache.hostPath' },
  'a cache below /etc': { spec: { cache: { hostPath: '/etc/x' } }, field: 'spec.cache.hostPath' },
  'a cache in the folder of the kubelet': {
    spec: { cache: { hostPath: '/var/lib/kubelet' } },
    field: 'spec.cache.hostPath',
  },
  'a cache at a way out': { spec: { cache: { hostPath: '/mnt/../etc' } }, field: 'spec.cache.hostPath' },
  'a cache at a path with a slash at its end': {
    spec: { cache: { hostPath: '/mnt/' } },
    field: 'spec.cache.hostPath',
  },
  'a relative path in pods': { spec: { cache: { podPath: 'mnt' } }, field: 'spec.cache.podPath' },
  'a resource of Kubernetes': {
    spec: { devicePlugin: { resourceName: 'kubernetes.io/ai100' } },
    field: 'spec.devicePlugin.resourceName',
  },
  'no replica': {
    spec: { devicePlugin: { replicasPerDevice: 0 } },
    field: 'spec.devicePlugin.replicasPerDevice',
  },
  'an isolation that is none': {
    spec: { devicePlugin: { isolation: 'Quota' } },
    field: 'spec.devicePlugin.isolation',
  },
  'CDI names for a volume each': {
    spec: { cache: { layout: 'PerDevice' }, devicePlugin: { injection: 'CDI' } },
    field: 'spec.devicePlugin.injection',
  },
  'an image with a blank': { spec: { devicePlugin: { image: 'a b' } }, field: 'spec.devicePlugin.image' },
  'commands slower than polls': {
    spec: { health: { pollSeconds: 10, commandTimeoutSeconds: 10 } },
    field: 'spec.health.commandTimeoutSeconds',
  },
  'a seventh bit': {
    spec: { health: { unhealthyOnWarningBits: [6] } },
    field: 'spec.health.unhealthyOnWarningBits',
  },
  'a lost cache made anew with its data kept': {
    spec: { recovery: { actions: ['Rebuild'] }, cache: { dataPolicy: 'Preserve' } },
    field: 'spec.recovery.actions',
  },
  'a recovery nobody knows': { spec: { recovery: { actions: ['Wipe'] } }, field: 'spec.recovery.actions' },
  'a privileged port': { spec: { exporter: { port: 80 } }, field: 'spec.exporter.port' },
};
