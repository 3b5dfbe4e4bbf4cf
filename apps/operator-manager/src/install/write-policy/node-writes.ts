import { cxi } from '@rackwright/keys';
import {
  type AllowedWrites,
  changedBelow,
  changedLabels,
  changedOutside,
  type Variable,
} from './allowed-writes.ts';
import { fieldOf, listOf } from './cel.ts';

const ownConditions = listOf(Object.values(cxi.nodeCondition));
const switchLabel = `^${cxi.label.switchId('cxi[0-9]+').replaceAll('.', '[.]')}$`;
const ownLabel = `key in ${listOf([cxi.label.present, cxi.label.deviceCount, cxi.label.rebootRequired])} || key.matches('${switchLabel}')`;

const own = (condition: string): string => `${condition}.type in ${ownConditions}`;
const path = (conditions: string): string => `${conditions}.map(c, 'status.conditions[' + c.type + ']')`;
const ofType = (conditions: string): string => `${conditions}.filter(d, d.type == c.type).size()`;
const { after, before } = { after: 'variables.afterConditions', before: 'variables.beforeConditions' };

/** Conditions of others that are not in the other list as they are. */
const foreignChanges = (one: string, other: string): string =>
  path(`${one}.filter(c, !(${own('c')}) && !(c in ${other}))`);

/** Two entries of one type confuse whoever looks for it, the kubelet too. */
const doubles = path(
  `${after}.filter(c, ${ofType(after)} != ${ofType(before)} && (!(${own('c')}) || ${ofType(after)} > 1))`,
);

const changes: readonly Variable[] = [
  { name: 'nodeFields', expression: changedOutside({ fields: ['spec', 'status'], metadata: ['labels'] }) },
  { name: 'nodeLabels', expression: changedLabels(ownLabel) },
  { name: 'nodeSpec', expression: changedBelow('spec') },
  { name: 'nodeStatus', expression: changedBelow('status', ['conditions']) },
  {
    name: 'nodeConditions',
    expression: `${foreignChanges(after, before)} + ${foreignChanges(before, after)} + ${doubles}`,
  },
];

const nodes: Omit<AllowedWrites, 'validations'> = {
  apiGroup: '',
  apiVersion: 'v1',
  resource: 'nodes',
  variables: [
    { name: 'afterConditions', expression: fieldOf('variables.afterStatus', 'conditions', '[]') },
    { name: 'beforeConditions', expression: fieldOf('variables.beforeStatus', 'conditions', '[]') },
    ...changes,
    { name: 'nodeChanges', expression: changes.map(({ name }) => `variables.${name}`).join(' + ') },
  ],
};

/** Of its own Node a driver agent changes its labels and its conditions. */
export const nodeWrites: AllowedWrites = {
  ...nodes,
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

/** Of every Node the operator takes back what driver agents wrote. */
export const operatorNodeWrites = (who: string): AllowedWrites => ({
  ...nodes,
  validations: [
    {
      expression: "request.operation == 'UPDATE'",
      message: `${who} may make and delete no Node`,
    },
    {
      expression: "request.operation != 'UPDATE' || variables.nodeChanges.size() == 0",
      message: `${who} may change nothing of a Node but the labels and conditions of driver agents`,
      messageExpression: `'${who} may change nothing of a Node but the labels and conditions of driver agents, not ' + variables.nodeChanges.join(', ')`,
    },
  ],
});
