import { cxi } from '@rackwright/keys';
import type { AllowedWrites } from './allowed-writes.ts';
import { listOf } from './cel.ts';
import { allNodeFields, type NodeFields, nodeChanges } from './node-fields.ts';

const switchLabel = `^${cxi.label.switchId('cxi[0-9]+').replaceAll('.', '[.]')}$`;

/** What driver agents write on their Node, and the operator takes back. */
export const cxiNodeFields: NodeFields = {
  what: 'the labels and conditions of driver agents',
  labels: `key in ${listOf([cxi.label.present, cxi.label.deviceCount, cxi.label.rebootRequired])} || key.matches('${switchLabel}')`,
  conditions: Object.values(cxi.nodeCondition),
};

const nodes = { apiGroup: '', apiVersion: 'v1', resource: 'nodes' };

/** Of its own Node a driver agent changes its labels and its conditions. */
export const nodeWrites: AllowedWrites = {
  ...nodes,
  variables: nodeChanges(cxiNodeFields),
  validations: [
    {
      expression: "request.operation == 'UPDATE' && request.name == variables.node",
      message: 'a driver agent may change no Node but its own, and make or delete none',
      messageExpression:
        "'this driver agent may change no Node but ' + variables.node + ', and make or delete none'",
    },
    {
      expression: "request.operation != 'UPDATE' || variables.nodeChanges.size() == 0",
      message: 'a driver agent may change nothing of its Node but its own labels and conditions',
      messageExpression:
        "'a driver agent may change nothing of its Node but its own labels and conditions, not ' + variables.nodeChanges.join(', ')",
    },
  ],
};

/** Of every Node the operator changes, or takes back, what is said to be its own or its agents'. */
export function operatorNodeWrites(who: string, all: readonly NodeFields[]): AllowedWrites {
  const fields = allNodeFields(all);
  const sentence = `${who} may change nothing of a Node${all.length === 0 ? '' : ` but ${fields.what}`}`;
  return {
    ...nodes,
    variables: nodeChanges(fields),
    validations: [
      { expression: "request.operation == 'UPDATE'", message: `${who} may make and delete no Node` },
      {
        expression: "request.operation != 'UPDATE' || variables.nodeChanges.size() == 0",
        message: sentence,
        messageExpression: `'${sentence}, not ' + variables.nodeChanges.join(', ')`,
      },
    ],
  };
}
