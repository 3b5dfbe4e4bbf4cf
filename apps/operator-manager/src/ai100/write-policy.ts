import { ai100, aidaptivCache } from '@rackwright/keys';
import type { AllowedWrites } from '../install/write-policy/allowed-writes.ts';
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

/** A device plugin keeps the AidaptivCacheNode of its node, which nobody but the Node owns. */
const reportWrites: AllowedWrites = {
  apiGroup: aidaptivCache.group,
  apiVersion: aidaptivCache.version,
  resource: 'aidaptivcachenodes',
  variables: [{ name: 'owners', expression: fieldOf('variables.afterMetadata', 'ownerReferences', '[]') }],
  validations: [
    {
      expression: "request.operation in ['CREATE', 'UPDATE'] && request.name == variables.node",
      message: `${who} may write no AidaptivCacheNode but that of its node, and delete none`,
      messageExpression:
        "'this AI100 device plugin may write no AidaptivCacheNode but ' + variables.node + ', and delete none'",
    },
    {
      expression:
        "request.operation == 'DELETE' || variables.owners.all(o, o.kind == 'Node' && o.apiVersion == 'v1' && o.name == variables.node)",
      message: `an AidaptivCacheNode of ${who} must have no owner but its Node`,
    },
  ],
};

/** Nodes take turns in resetting drives: a Lease is a permit. */
const permitWrites: AllowedWrites = {
  apiGroup: 'coordination.k8s.io',
  apiVersion: 'v1',
  resource: 'leases',
  variables: [
    {
      name: 'holder',
      expression:
        "'holderIdentity' in variables.afterSpec && variables.afterSpec.holderIdentity != null ? variables.afterSpec.holderIdentity : ''",
    },
  ],
  validations: [
    {
      expression:
        "request.operation in ['CREATE', 'UPDATE'] && request.name.matches('^ai100-recovery-[0-9]+$')",
      message: `${who} may write no Lease but those named ai100-recovery-N, and delete none`,
    },
    {
      expression: "request.operation == 'DELETE' || variables.holder in ['', variables.node]",
      message: `${who} may put nobody but its own node into a Lease`,
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
