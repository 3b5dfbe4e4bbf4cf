import { ai100Matches, defaultAi100Pattern } from '@rackwright/hardware-nvme';
import { agentOptions, type ConfigOf, defineOptions } from '@rackwright/service';
import type { DiscoveryRules } from './labels/rules.ts';

/** Options of node-discovery. */
export const options = defineOptions({
  ...agentOptions,
  healthPort: {
    flag: 'health-port',
    type: 'port',
    default: 8083,
    description: 'Port of /healthz, /readyz, /status and /metrics.',
  },
  interval: {
    flag: 'interval',
    type: 'duration',
    default: '60s',
    description: 'Time between two looks at the host; at most one write of the Node follows each.',
    validate: (ms: number) => (ms < 1000 ? 'is shorter than 1s' : undefined),
  },
  mode: {
    flag: 'mode',
    type: 'string',
    default: 'Labels',
    choices: ['Labels', 'NodeFeature', 'Auto'],
    description:
      'Write labels on the Node, give them to Node Feature Discovery in a NodeFeature, or that while it labels this Node.',
  },
  podName: {
    flag: 'pod-name',
    env: ['POD_NAME', 'HOSTNAME'],
    type: 'string',
    default: '',
    description: 'Name of the pod, which owns the NodeFeature.',
  },
  pciVendors: {
    flag: 'pci-vendors',
    type: 'list',
    default: '1987,1590,17db',
    description:
      'PCI vendor ids, four hex digits, whose functions get labels feature.node.kubernetes.io/pci-….',
    validate: refuseVendors,
  },
  pciDeviceLabels: {
    flag: 'pci-device-labels',
    type: 'boolean',
    default: false,
    description: 'Also a label with the device id for each kind of PCI function.',
  },
  ai100Match: {
    flag: 'ai100-match',
    type: 'string',
    default: 'ModelAndVendor',
    choices: ai100Matches,
    description: 'What of an NVMe disk must match for it to be an AI100 disk.',
  },
  ai100ModelPattern: {
    flag: 'ai100-model-pattern',
    type: 'string',
    default: defaultAi100Pattern,
    description: 'Regular expression, in any case, for the model of AI100 disks; empty is the default.',
    validate: refusePattern,
  },
  ai100PciVendors: {
    flag: 'ai100-pci-vendors',
    type: 'list',
    default: '1987',
    description: 'PCI vendor ids of AI100 disks.',
    validate: refuseVendors,
  },
  ai100AllowSerials: {
    flag: 'ai100-allow-serials',
    type: 'list',
    default: '',
    description: 'Serial numbers of disks that are AI100 disks whatever their model says.',
  },
  ai100DenySerials: {
    flag: 'ai100-deny-serials',
    type: 'list',
    default: '',
    description: 'Serial numbers of disks that are none; they win.',
  },
  firmwareCheck: {
    flag: 'firmware-check',
    type: 'string',
    default: 'Enforce',
    choices: ['Enforce', 'Warn', 'Skip'],
    description: 'Whether the label about the firmware of AI100 disks is written: not with Skip.',
  },
  firmware: {
    flag: 'firmware',
    type: 'list',
    default: 'EIFZ',
    description: 'Firmware revisions AI100 disks shall have: eight characters, or the beginning.',
    validate: (entries: readonly string[]) =>
      entries.every((entry) => /^[\x21-\x7e]{1,8}$/.test(entry))
        ? undefined
        : 'holds something other than one to eight printable characters',
  },
  pmemResource: {
    flag: 'pmem-resource',
    type: 'boolean',
    default: false,
    description: 'Also tell persistent memory as the resource phison.com/pmem-gb of the Node.',
  },
  pruneAll: {
    flag: 'prune-all',
    type: 'boolean',
    default: false,
    description: 'Takes what this program wrote away from every Node, and ends.',
  },
  pruneAfterPods: {
    flag: 'prune-after-pods',
    type: 'string',
    description: 'Label selector of pods in --namespace that must be gone before --prune-all begins.',
  },
  pruneTimeout: {
    flag: 'prune-timeout',
    type: 'duration',
    default: '2m',
    description: 'Longest wait for these pods.',
  },
  namespace: {
    flag: 'namespace',
    env: 'POD_NAMESPACE',
    type: 'string',
    default: '',
    description:
      'Namespace of the agents. With --mode=Labels a NodeFeature of another mode is taken away from there.',
  },
});

export type DiscoveryConfig = ConfigOf<typeof options>;

/** The rules the options come to. */
export function rulesOf(config: DiscoveryConfig): DiscoveryRules {
  return {
    pciVendors: config.pciVendors.map((vendor) => vendor.toLowerCase()),
    pciDeviceLabels: config.pciDeviceLabels,
    ai100: {
      match: config.ai100Match,
      modelPattern: new RegExp(config.ai100ModelPattern || defaultAi100Pattern, 'i'),
      pciVendors: config.ai100PciVendors.map((vendor) => vendor.toLowerCase()),
      allowSerials: config.ai100AllowSerials,
      denySerials: config.ai100DenySerials,
    },
    ...(config.firmwareCheck !== 'Skip' && { firmware: config.firmware }),
  };
}

function refuseVendors(vendors: readonly string[]): string | undefined {
  return vendors.every((vendor) => /^[0-9a-fA-F]{4}$/.test(vendor)) && vendors.length <= 16
    ? undefined
    : 'is not a list of up to 16 ids of four hex digits, such as 1987';
}

function refusePattern(pattern: string): string | undefined {
  if (pattern.length > 256) return 'is longer than 256 characters';
  try {
    new RegExp(pattern, 'i');
    return undefined;
  } catch {
    return 'is not a regular expression';
  }
}
