import { discovery } from '@rackwright/keys';
import type { AllowedWrites } from './allowed-writes.ts';
import { listOf } from './cel.ts';
import { type NodeFields, nodeChanges } from './node-fields.ts';

const { ai100, cxi, pmem, memoryPresent, memoryDax, nonRotationalDisk } = discovery.label;
const fixed = [
  ...[ai100, cxi, pmem].flatMap((labels) => Object.values(labels)),
  ...[memoryPresent, memoryDax, nonRotationalDisk],
];
const pci = `^${discovery.nfdDomain.replaceAll('.', '[.]')}pci-[0-9a-f]{4}(_[0-9a-f]{4}){0,2}[.](present|sriov[.]capable)$`;
const fields: NodeFields = {
  what: 'its own labels, annotations and resources',
  labels: `key in ${listOf(fixed)} || key.matches('${pci}')`,
  annotations: `key in ${listOf(Object.values(discovery.annotation))}`,
  // Without the right to write the status it changes none.
  capacity: Object.values(discovery.resource),
};

/** Of its own Node node-discovery changes the labels of hardware, its annotations, and the resource of persistent memory. */
export const discoveryNodeWrites: AllowedWrites = {
  apiGroup: '',
  apiVersion: 'v1',
  resource: 'nodes',
  variables: nodeChanges(fields),
  validations: [
    {
      expression: "request.operation == 'UPDATE' && request.name == variables.node",
      message: 'node-discovery may change no Node but its own, and make or delete none',
      messageExpression:
        "'node-discovery may change no Node but ' + variables.node + ' here, and make or delete none'",
    },
    {
      expression: "request.operation != 'UPDATE' || variables.nodeChanges.size() == 0",
      message: 'node-discovery may change nothing of its Node but its own labels, annotations and resources',
      messageExpression:
        "'node-discovery may change nothing of its Node but its own labels, annotations and resources, not ' + variables.nodeChanges.join(', ')",
    },
  ],
};
