import { ai100, aidaptivCache } from '@rackwright/keys';
import {
  type AllowedWrites,
  changedOutside,
  ownersChangeToOwnNode,
} from '../install/write-policy/allowed-writes.ts';
import { fieldOf } from '../install/write-policy/cel.ts';
import { eventsOf } from '../install/write-policy/event-writes.ts';
import type { NodeFields } from '../install/write-policy/node-fields.ts';

/** What the operator writes on Nodes. */
export const ai100NodeFields: NodeFields = {
  what: 'the health label, the conditions and the taint of AI100 nodes',
  labels: `key == '${aidaptivCache.healthLabel}'`,
  conditions: Object.values(aidaptivCache.nodeCondition),
  taints: [aidaptivCache.taint],
};

const who = 'an AI100 device plugin';
const permit = ai100.recoveryPermit;

/** A device plugin keeps the AidaptivCacheNode of its node, which nobody but the Node owns. */
const reportWrites: AllowedWrites = {
  apiGroup: aidaptivCache.group,
  apiVersion: aidaptivCache.version,
  resource: 'aidaptivcachenodes',
  variables: [
    { name: 'afterOwners', expression: fieldOf('variables.afterMetadata', 'ownerReferences', '[]') },
    { name: 'beforeOwners', expression: fieldOf('variables.beforeMetadata', 'ownerReferences', '[]') },
    {
      name: 'reportChanges',
      expression: changedOutside({ fields: ['status'], metadata: ['ownerReferences'] }),
    },
  ],
  validations: [
    {
      expression: "request.operation in ['CREATE', 'UPDATE'] && request.name == variables.node",
      message: `${who} may write no AidaptivCacheNode but that of its node, and delete none`,
      messageExpression:
        "'this AI100 device plugin may write no AidaptivCacheNode but ' + variables.node + ', and delete none'",
    },
    {
      expression: "request.operation == 'DELETE' || variables.reportChanges.size() == 0",
      message: `${who} may change nothing of an AidaptivCacheNode but its owner and its status`,
      messageExpression: `'${who} may change nothing of an AidaptivCacheNode but its owner and its status, not ' + variables.reportChanges.join(', ')`,
    },
    {
      expression: ownersChangeToOwnNode('variables.afterOwners', 'variables.beforeOwners'),
      message: `${who} may put no owner but its Node into metadata.ownerReferences of an AidaptivCacheNode`,
    },
  ],
};

const after = (field: string, otherwise: string): string =>
  `'${field}' in variables.afterSpec && variables.afterSpec.${field} != null ? variables.afterSpec.${field} : ${otherwise}`;

/** Nodes take turns in resetting drives: a Lease is a permit, for ten minutes. There are a hundred at most. */
const permitWrites: AllowedWrites = {
  apiGroup: 'coordination.k8s.io',
  apiVersion: 'v1',
  resource: 'leases',
  variables: [
    { name: 'holder', expression: after('holderIdentity', "''") },
    { name: 'permitSeconds', expression: after('leaseDurationSeconds', '0') },
    { name: 'permitChanges', expression: changedOutside({ fields: ['spec'], metadata: [] }) },
  ],
  validations: [
    {
      expression: `request.operation in ['CREATE', 'UPDATE'] && request.name.matches('^${permit.prefix}[0-9]{1,2}$')`,
      message: `${who} may write no Lease but those named ${permit.prefix}N, and delete none`,
    },
    {
      expression: "request.operation == 'DELETE' || variables.holder in ['', variables.node]",
      message: `${who} may put nobody but its own node into a Lease`,
    },
    {
      expression: `request.operation == 'DELETE' || variables.permitSeconds <= ${permit.seconds}`,
      message: `${who} may hold a Lease for ${permit.seconds} seconds at most`,
    },
    {
      expression: "request.operation == 'DELETE' || variables.permitChanges.size() == 0",
      message: `${who} may change nothing of a Lease but its spec`,
      messageExpression: `'${who} may change nothing of a Lease but its spec, not ' + variables.permitChanges.join(', ')`,
    },
  ],
};

/** What holds device plugins to their node, but for who they are. */
export const devicePluginWrites = {
  ...{ name: 'ai100-device-plugins', who },
  writes: [
    reportWrites,
    permitWrites,
    eventsOf({
      ...{ component: ai100.component.devicePlugin, who, about: 'its Node' },
      regards: "variables.after.regarding.kind == 'Node' && variables.after.regarding.name == variables.node",
    }),
  ],
};
