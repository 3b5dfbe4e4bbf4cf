import { ai100 } from '@rackwright/keys';
import { ai100 as family } from '@rackwright/registry';
import type { FamilyInstall } from '../install/family-install.ts';
import { ai100Descriptors } from './descriptors.ts';

/** What comes with the installation of the AI100 family. */
export const ai100Install = {
  family: family.name,
  agents: {
    'ai100-device-plugin': ai100Descriptors[ai100.component.devicePlugin],
    'nvme-exporter': ai100Descriptors[ai100.component.exporter],
  },
  nodeBound: {},
} as const satisfies FamilyInstall;
