import { ai100Matches, defaultAi100Pattern, firmwareChecks } from '@rackwright/hardware-nvme';
import { defineOptions } from '@rackwright/service';
import { items, revisions, seconds, serials } from './checks.ts';

/** Which drives are taken: `spec.discovery` and `spec.firmware` of an AidaptivCache. */
export const driveOptions = defineOptions({
  modelPattern: {
    flag: 'model-pattern',
    type: 'string',
    default: defaultAi100Pattern,
    description: 'Regular expression, in any case, for the model of AI100 drives; empty is the default.',
    validate: refusePattern,
  },
  pciVendors: {
    flag: 'pci-vendors',
    type: 'list',
    lastWins: true,
    default: '1987',
    description: 'PCI vendor ids of AI100 drives, four hex digits each.',
    validate: items(/^[0-9a-fA-F]{4}$/, 'ids of four hex digits, such as 1987', { min: 1, max: 16 }),
  },
  match: {
    flag: 'match',
    type: 'string',
    default: 'ModelAndVendor',
    choices: ai100Matches,
    description: 'What of an NVMe drive must match for it to be an AI100 drive.',
  },
  allowSerials: {
    flag: 'allow-serials',
    type: 'list',
    lastWins: true,
    default: '',
    description: 'Serial numbers of drives that are AI100 drives whatever their model says.',
    validate: serials,
  },
  denySerials: {
    flag: 'deny-serials',
    type: 'list',
    lastWins: true,
    default: '',
    description: 'Serial numbers of drives that are never taken; they win.',
    validate: serials,
  },
  discoveryInterval: {
    flag: 'discovery-interval',
    type: 'duration',
    default: '60s',
    description: 'Longest time between two looks for drives.',
    validate: seconds(10, 3600),
  },
  firmwareCheck: {
    flag: 'firmware-check',
    type: 'string',
    default: 'Enforce',
    choices: firmwareChecks,
    description: 'Whether a drive with other firmware is left alone, used and called degraded, or just used.',
  },
  firmware: {
    flag: 'firmware',
    type: 'list',
    lastWins: true,
    default: 'EIFZ',
    description: 'Firmware revisions that are allowed: eight characters, or the beginning.',
    validate: revisions,
  },
});

function refusePattern(pattern: string): string | undefined {
  if (pattern.length > 256) return 'is longer than 256 characters';
  try {
    new RegExp(pattern, 'i');
    return undefined;
  } catch {
    return 'is not a regular expression';
  }
}
