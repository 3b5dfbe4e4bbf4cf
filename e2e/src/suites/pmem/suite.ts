import { inLane } from '../../case.ts';
import type { Suite } from '../../suite.ts';
import { expansion } from './expansion.ts';
import { firstOperator } from './first-operator.ts';
import { formerRoles } from './former-roles.ts';
import { memoryNode, persistentMemory } from './persistent-memory.ts';
import { podAccess } from './pod-access.ts';
import { driverGoes } from './removal.ts';
import { driverComes, driverRestarts, volumes } from './volumes.ts';

const MiB = 2 ** 20;

export const suite: Suite = {
  hosts: { [memoryNode]: { pmem: [{ bytes: 256 * MiB }], commands: true } },
  values: ['operator-manager.controllers={cxidriver,pmemcsideployment}'],
  sidecars: ['csi-provisioner', 'csi-resizer'],
  accounts: () => [],
  cases: [
    driverComes,
    ...inLane('volumes of claims', ...volumes),
    ...inLane('growing volumes', expansion, podAccess),
    driverRestarts,
    driverGoes,
    formerRoles,
    firstOperator,
    persistentMemory,
  ],
  removal: [],
};
