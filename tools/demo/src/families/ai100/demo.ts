import { ai100, discovery } from '@rackwright/keys';
import { resources } from '@rackwright/kube';
import { until } from '../../check.ts';
import type { DemoFamily } from '../../demo-family.ts';

/** The node with AI100 drives. */
const driveNode = 'node-plain';

export const demo: DemoFamily = {
  hosts: { [driveNode]: { nvme: [{}, {}], modules: ['nvme_core', 'nvme'], commands: true } },
  values: [
    'ai100-device-plugin.enabled=true',
    'ai100-device-plugin.health.pollSeconds=5',
    'ai100-device-plugin.health.commandTimeoutSeconds=2',
    'ai100-device-plugin.cache.settleSeconds=0',
  ],
  resources: [ai100.resource],
  sections: async () => [],
  checks: [
    {
      what: 'a node is labelled by its AI100 drives',
      run: (checked) =>
        until(checked, `label ${discovery.label.ai100.present}`, async () => {
          const { metadata } = await checked.kube.get(resources.nodes, { name: driveNode });
          const { present, count, capacityGB } = discovery.label.ai100;
          const labels = metadata?.labels ?? {};
          return labels[present] === 'true'
            ? `${driveNode}: ${labels[count]} drives, ${labels[capacityGB]} GB`
            : undefined;
        }),
    },
  ],
  faults: [],
  hints: () => [],
};
