import { maxNodeInDeviceName } from '@rackwright/api';
import { maxLabelLength } from '@rackwright/core';
import { cxi } from '@rackwright/keys';
import {
  type AllowedWrites,
  changedLabels,
  changedOutside,
  ownersChangeToOwnNode,
} from './allowed-writes.ts';
import { fieldOf, isFitted, listOf } from './cel.ts';

const labels = [cxi.label.node, cxi.label.device];
const name = 'variables.target.metadata.name';
const afterLabel = (key: string): string => `variables.afterLabels['${key}']`;

const changes = [
  changedOutside({ fields: ['status'], metadata: ['labels', 'ownerReferences'] }),
  changedLabels(`key in ${listOf(labels)}`),
].join(' + ');

const ownedByNode = (owners: string): string =>
  `${owners}.exists(o, o.kind == 'Node' && o.name == variables.node)`;

const nameHolds = isFitted(name, 'variables.node', { max: maxNodeInDeviceName, rest: '-cxi[0-9]+' });
const labelHolds = [
  ...labels.map((key) => `'${key}' in variables.afterLabels`),
  isFitted(afterLabel(cxi.label.node), 'variables.node', { max: maxLabelLength }),
  `${afterLabel(cxi.label.device)}.matches('^cxi[0-9]+$')`,
  `${name}.endsWith('-' + ${afterLabel(cxi.label.device)})`,
].join(' && ');

/** A driver agent makes, reports and deletes the CXIDevices of its node. */
export const deviceWrites: AllowedWrites = {
  apiGroup: cxi.group,
  apiVersion: cxi.version,
  resource: 'cxidevices',
  variables: [
    { name: 'target', expression: "request.operation == 'DELETE' ? variables.before : variables.after" },
    { name: 'afterOwners', expression: fieldOf('variables.afterMetadata', 'ownerReferences', '[]') },
    { name: 'beforeOwners', expression: fieldOf('variables.beforeMetadata', 'ownerReferences', '[]') },
    { name: 'deviceChanges', expression: changes },
  ],
  validations: [
    {
      expression: nameHolds,
      message: 'a driver agent may write no CXIDevice but those of its node',
      messageExpression:
        "'this driver agent may write no CXIDevice but those named ' + variables.node + '-cxiN'",
    },
    {
      // Names of nodes too long for the name of a CXIDevice may begin alike: there the owner decides.
      expression:
        `size(variables.node) <= ${maxNodeInDeviceName} || (request.operation == 'CREATE' ? ` +
        `${ownedByNode('variables.afterOwners')} : ${ownedByNode('variables.beforeOwners')})`,
      message: 'a driver agent may write no CXIDevice but those its Node owns',
    },
    {
      expression: "request.operation == 'DELETE' || variables.deviceChanges.size() == 0",
      message:
        'a driver agent may change nothing of a CXIDevice but its own labels, its owner and its status',
      messageExpression:
        "'a driver agent may change nothing of a CXIDevice but its own labels, its owner and its status, not ' + variables.deviceChanges.join(', ')",
    },
    {
      expression: `request.operation == 'DELETE' || (${labelHolds})`,
      message: `a CXIDevice of a driver agent must carry the labels ${labels.join(' and ')}`,
      messageExpression: `'a CXIDevice of this driver agent must carry the label ${cxi.label.node} for ' + variables.node + ' and the label ${cxi.label.device} of its name'`,
    },
    {
      expression: ownersChangeToOwnNode('variables.afterOwners', 'variables.beforeOwners'),
      message: 'a driver agent may put no owner but its Node into metadata.ownerReferences of a CXIDevice',
    },
    {
      expression:
        "request.operation == 'DELETE' || !('node' in variables.afterStatus) || variables.afterStatus.node == variables.node",
      message: 'a CXIDevice of a driver agent must have its node as status.node',
      messageExpression: "'a CXIDevice of this driver agent must have the status.node ' + variables.node",
    },
  ],
};

/** The operator marks CXIDevices of silent agents and deletes those of a CXIDriver that goes. */
export const operatorDeviceWrites = (who: string): AllowedWrites => ({
  apiGroup: cxi.group,
  apiVersion: cxi.version,
  resource: 'cxidevices',
  variables: [{ name: 'deviceChanges', expression: changedOutside({ fields: ['status'], metadata: [] }) }],
  validations: [
    {
      expression: "request.operation in ['UPDATE', 'DELETE']",
      message: `${who} may make no CXIDevice`,
    },
    {
      expression: "request.operation != 'UPDATE' || variables.deviceChanges.size() == 0",
      message: `${who} may change nothing of a CXIDevice but its status`,
      messageExpression: `'${who} may change nothing of a CXIDevice but its status, not ' + variables.deviceChanges.join(', ')`,
    },
  ],
});
