import { defaultAi100Pattern } from '@rackwright/hardware-nvme';
import type { DiscoveryRules } from '../labels/rules.ts';

/** The rules by default. */
export const rules: DiscoveryRules = {
  pciVendors: ['1987', '1590', '17db'],
  pciDeviceLabels: false,
  ai100: {
    match: 'ModelAndVendor',
    modelPattern: new RegExp(defaultAi100Pattern, 'i'),
    pciVendors: ['1987'],
    allowSerials: [],
    denySerials: [],
  },
  firmware: ['EIFZ'],
};
