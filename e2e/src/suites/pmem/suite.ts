import type { Suite } from '../../suite.ts';
import { expansion } from './expansion.ts';
import { driverGoes } from './removal.ts';
import { volumes } from './volumes.ts';

export const suite: Suite = {
  hosts: {},
  values: ['operator-manager.controllers={cxidriver,pmemcsideployment}'],
  sidecars: ['csi-provisioner', 'csi-resizer'],
  accounts: () => [],
  cases: [...volumes, expansion, driverGoes],
  removal: [],
};
