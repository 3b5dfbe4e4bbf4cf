import { ai100 } from '@rackwright/keys';
import type { DemoFamily } from '../../demo-family.ts';
import { bringUp, driveDies, driveNode, trainer } from './checks.ts';

export const demo: DemoFamily = {
  hosts: { [driveNode]: { nvme: [{}, {}], modules: ['nvme_core', 'nvme'], commands: true } },
  values: [
    'ai100-device-plugin.enabled=true',
    'ai100-device-plugin.health.pollSeconds=6',
    'ai100-device-plugin.health.commandTimeoutSeconds=5',
    'ai100-device-plugin.cache.settleSeconds=0',
    'ai100-device-plugin.extraArgs={--clean-time=1s}',
    'nvme-exporter.enabled=true',
    'nvme-exporter.exporter.pollSeconds=10',
  ],
  resources: [ai100.resource],
  sections: async () => [],
  checks: bringUp,
  faults: [driveDies],
  hints: ({ cluster }) => {
    const node = cluster.nodes.find(({ name }) => name === driveNode);
    return [
      `kubectl exec ${trainer} -- sh -c 'ls $RACKWRIGHT_SANDBOX_ROOT/mnt/nvme0'`,
      ...(node === undefined ? [] : [`cat ${node.host.folder}/proc/1/mountinfo      # the cache is mounted`]),
    ];
  },
};
