import { defineOptions } from '@rackwright/service';
import { options as driverOptions } from '../options/options.ts';

/** Of `pmem-csi-driver orphans`; the environment of the driver's container says most of it. */
export const orphanOptions = defineOptions({
  driverName: { ...driverOptions.driverName, env: 'PMEM_CSI_DRIVER_NAME' },
  nodeId: { ...driverOptions.nodeId, env: 'KUBE_NODE_NAME' },
  statePath: driverOptions.statePath,
  hostRoot: driverOptions.hostRoot,
  output: {
    flag: 'output',
    aliases: ['o'],
    type: 'string',
    default: 'text',
    choices: ['text', 'json'],
    description: 'How orphans are told: as a table, or as JSON for programs.',
  },
});
