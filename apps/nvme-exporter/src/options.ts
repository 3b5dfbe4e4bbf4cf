import { ai100Matches, defaultAi100Pattern } from '@rackwright/hardware-nvme';
import { absolutePath, agentOptions, type ConfigOf, defineOptions } from '@rackwright/service';

/** Where what is told of drives comes from. */
export const sources = ['Agent', 'Direct', 'Auto'] as const;
export type Source = (typeof sources)[number];

/** What the exporter can be told. */
export const options = defineOptions({
  ...agentOptions,
  listen: {
    flag: 'listen',
    env: 'LISTEN',
    type: 'port',
    default: 9299,
    description: 'Port of /metrics, /nvme, /healthz and /readyz; a colon in front is allowed.',
  },
  allNvme: {
    flag: 'all-nvme',
    type: 'boolean',
    default: false,
    description: 'Tell of every NVMe drive, not of AI100 drives alone.',
  },
  allDisk: {
    flag: 'all-disk',
    type: 'boolean',
    default: false,
    description: 'Tell of every NVMe drive, and the size and kind of other disks.',
  },
  source: {
    flag: 'source',
    type: 'string',
    default: 'Auto',
    choices: sources,
    description:
      'Agent takes what the device plugin of the node found, Direct asks the drives with nvme-cli, Auto does the first while that is fresh.',
  },
  interval: {
    flag: 'interval',
    type: 'duration',
    default: '30s',
    description: 'Time between two looks at the drives; scrapes never touch them.',
    validate: (ms) => (ms >= 10_000 ? undefined : 'must be at least 10s'),
  },
  timeout: {
    flag: 'timeout',
    type: 'duration',
    default: '10s',
    description: 'Time limit of one command to a drive.',
    validate: (ms) => (ms >= 1000 && ms <= 60_000 ? undefined : 'must be within 1s and 60s'),
  },
  sysfs: {
    flag: 'sysfs',
    type: 'string',
    description: 'Where sysfs is mounted; default /sys below --host-root.',
    validate: absolutePath,
  },
  nodeRoot: {
    flag: 'node-root',
    env: 'NODE_ROOT',
    type: 'string',
    default: '/',
    description: "The host tree's path on the node; with another than / its own programs are run.",
    validate: absolutePath,
  },
  deviceLabel: {
    flag: 'device-label',
    type: 'string',
    default: 'name',
    choices: ['name', 'path'],
    description: 'Whether the label device is nvme0 or, as that of other exporters, /dev/nvme0n1.',
  },
  mount: {
    flag: 'mount',
    type: 'string',
    default: '/mnt/nvme0',
    description: 'Where the cache is mounted on the host, if no device plugin tells.',
    validate: absolutePath,
  },
  showPods: {
    flag: 'show-pods',
    type: 'boolean',
    default: false,
    description: 'Tell in /nvme which container holds which unit.',
  },
  modelPattern: {
    flag: 'model-pattern',
    type: 'string',
    default: defaultAi100Pattern,
    description: 'Regular expression, in any case, for the model of AI100 drives; empty is the default.',
    validate: regularExpression,
  },
  pciVendors: {
    flag: 'pci-vendors',
    type: 'list',
    default: '1987',
    description: 'PCI vendor ids of AI100 drives, four hex digits each.',
    validate: (list) =>
      list.every((vendor) => /^[0-9a-fA-F]{4}$/.test(vendor)) ? undefined : 'must be four hex digits each',
  },
  match: {
    flag: 'match',
    type: 'string',
    default: 'ModelAndVendor',
    choices: ai100Matches,
    description: 'What of an NVMe drive must match for it to be an AI100 drive.',
  },
  firmware: {
    flag: 'firmware',
    type: 'list',
    default: 'EIFZ',
    description: 'Firmware revisions that count as compliant: eight characters, or the beginning.',
  },
  handshakeService: {
    flag: 'handshake-service',
    env: 'SERVICE_NAME',
    type: 'string',
    default: '',
    description:
      'Service of the operator that is told every minute that this exporter is there; empty for none.',
  },
  handshakePort: {
    flag: 'handshake-port',
    env: 'SERVICE_PORT',
    type: 'port',
    default: 8443,
    description: 'Port of that Service.',
  },
  podNamespace: {
    flag: 'pod-namespace',
    env: 'POD_NAMESPACE',
    type: 'string',
    default: '',
    description: 'Namespace of that Service, which is that of the exporter.',
  },
  handshakeFolder: {
    flag: 'handshake-folder',
    type: 'string',
    default: '/var/run/secrets/aidaptivcache-handshake',
    description: 'Folder with the token that is sent and, in ca.crt, the certificates that are trusted.',
    validate: absolutePath,
  },
});

/** What the flags come to. */
export type ExporterConfig = ConfigOf<typeof options>;

function regularExpression(text: string): string | undefined {
  if (text.length > 256) return 'must have at most 256 characters';
  try {
    new RegExp(text, 'i');
    return undefined;
  } catch {
    return 'must be a regular expression';
  }
}
