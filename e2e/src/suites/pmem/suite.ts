import { inLane } from '../../case.ts';
import type { Suite } from '../../suite.ts';
import { conversion } from './conversion.ts';
import { driverAccounts } from './deployment.ts';
import { driverRollout } from './driver-rollout.ts';
import { expansion } from './expansion.ts';
import { firstOperator, firstOperatorOnNodes } from './first-operator.ts';
import { formerFirstOperator } from './former-first-operator.ts';
import { formerRoles } from './former-roles.ts';
import { manyClaims } from './many-claims.ts';
import { nodeDrain } from './node-drain.ts';
import { otherNode } from './other-node.ts';
import { memoryNode, persistentMemory } from './persistent-memory.ts';
import { podAccess } from './pod-access.ts';
import { driverGoes } from './removal.ts';
import { driverComes, volumes } from './volumes.ts';

const MiB = 2 ** 20;
/** The first has room for the smallest xfs; the second is raw, for the case that has such converted. */
const regions = [{ bytes: 448 * MiB }, { bytes: 512 * MiB, labelled: false }] as const;

const streamed = 'asked for where an API server does not stream lists';
const returned =
  'the provisioner gives a claim back to the scheduler where room has gone meanwhile: on more than one node only';
const central = 'for the provisioner of a Deployment of the first operator, which has the same role';

export const suite: Suite = {
  hosts: { [memoryNode]: { pmem: regions, commands: true } },
  values: ['operator-manager.controllers={cxidriver,pmemcsideployment}'],
  sidecars: ['csi-provisioner', 'csi-resizer'],
  accounts: () => driverAccounts,
  spareRights: {
    'list persistentvolumes': streamed,
    'list persistentvolumeclaims': streamed,
    'list storageclasses.storage.k8s.io': streamed,
    'list csistoragecapacities.storage.k8s.io': streamed,
    'get persistentvolumes':
      'releases of the provisioner before the one here read a volume before they delete it',
    'get persistentvolumeclaims': returned,
    'update persistentvolumeclaims': returned,
    'get volumeattributesclasses.storage.k8s.io': 'read where a claim names one',
    'list csinodes.storage.k8s.io': central,
    'watch csinodes.storage.k8s.io': central,
    'get nodes': central,
    'list nodes': central,
    'watch nodes': central,
    'patch events': 'an event that comes again is counted',
  },
  cases: [
    driverComes,
    ...inLane('volumes of claims', ...volumes),
    ...inLane('growing volumes', expansion, podAccess),
    manyClaims,
    nodeDrain,
    otherNode,
    driverRollout,
    driverGoes,
    formerRoles,
    firstOperator,
    firstOperatorOnNodes,
    formerFirstOperator,
    persistentMemory,
    conversion,
  ],
  removal: [],
};
