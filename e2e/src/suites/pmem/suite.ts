import type { Suite } from '../../suite.ts';
import { driverGoes } from './removal.ts';
import { volumes } from './volumes.ts';

export const suite: Suite = {
  hosts: {},
  values: ['operator-manager.controllers={cxidriver,pmemcsideployment}'],
  sidecars: ['csi-provisioner'],
  accounts: () => [],
  cases: [...volumes, driverGoes],
  removal: [],
};
