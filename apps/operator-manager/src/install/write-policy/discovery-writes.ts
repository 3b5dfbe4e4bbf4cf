import { discovery } from '@rackwright/keys';
import {
  type AllowedWrites,
  changedAnnotations,
  changedBelow,
  changedLabels,
  changedOutside,
  type Variable,
} from './allowed-writes.ts';
import { listOf } from './cel.ts';

const { ai100, cxi, pmem, memoryPresent, memoryDax, nonRotationalDisk } = discovery.label;
const fixed = [
  ...[ai100, cxi, pmem].flatMap((labels) => Object.values(labels)),
  ...[memoryPresent, memoryDax, nonRotationalDisk],
];
const pci = `^${discovery.nfdDomain.replaceAll('.', '[.]')}pci-[0-9a-f]{4}(_[0-9a-f]{4}){0,2}[.](present|sriov[.]capable)$`;
const ownLabel = `key in ${listOf(fixed)} || key.matches('${pci}')`;
const ownAnnotation = `key in ${listOf(Object.values(discovery.annotation))}`;

const changes: readonly Variable[] = [
  {
    name: 'nodeFields',
    expression: changedOutside({ fields: ['spec', 'status'], metadata: ['labels', 'annotations'] }),
  },
  { name: 'nodeLabels', expression: changedLabels(ownLabel) },
  { name: 'nodeAnnotations', expression: changedAnnotations(ownAnnotation) },
  { name: 'nodeSpec', expression: changedBelow('spec') },
  { name: 'nodeStatus', expression: changedBelow('status') },
];

/** Of its own Node node-discovery changes the labels of hardware and its annotations. */
export const discoveryNodeWrites: AllowedWrites = {
  apiGroup: '',
  apiVersion: 'v1',
  resource: 'nodes',
  variables: [
    ...changes,
    { name: 'nodeChanges', expression: changes.map(({ name }) => `variables.${name}`).join(' + ') },
  ],
  validations: [
    {
      expression: "request.operation == 'UPDATE' && request.name == variables.node",
      message: 'node-discovery may change no Node but its own, and make or delete none',
      messageExpression:
        "'node-discovery may change no Node but ' + variables.node + ' here, and make or delete none'",
    },
    {
      expression: "request.operation != 'UPDATE' || variables.nodeChanges.size() == 0",
      message: 'node-discovery may change nothing of its Node but its own labels and annotations',
      messageExpression:
        "'node-discovery may change nothing of its Node but its own labels and annotations, not ' + variables.nodeChanges.join(', ')",
    },
  ],
};
