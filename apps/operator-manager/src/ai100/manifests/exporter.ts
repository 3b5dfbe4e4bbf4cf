import type { AidaptivCacheSpec } from '@rackwright/api';
import { ai100, kubernetes } from '@rackwright/keys';
import { containerHostRoot } from '@rackwright/manager';
import { ai100Descriptors, asksDrives } from '../descriptors.ts';
import { type AgentBuilder, imageOf } from './agent.ts';
import { flag, seconds } from './flag.ts';
import { handshakeParts } from './handshake.ts';

const descriptor = ai100Descriptors[ai100.component.exporter];

/** Shows the drives of a node to Prometheus; without privileges where the device plugin tells it all. */
export const exporter: AgentBuilder = ({ spec }, settings) => {
  const { enabled, image, port, resources, source } = spec.exporter;
  if (!enabled) return undefined;
  return {
    ...{ descriptor, port, resources },
    image: imageOf(image, settings, descriptor.component),
    purposes: source === 'Agent' ? [] : [asksDrives],
    args: [
      flag('host-root', containerHostRoot),
      flag('node-root', settings.hostRoot),
      ...exporterFlags(spec),
      // What the user says last wins.
      ...spec.exporter.arguments,
    ],
    ...handshakeParts(settings),
    podAnnotations: {
      [kubernetes.annotation.prometheusScrape]: 'true',
      [kubernetes.annotation.prometheusPort]: String(port),
      [kubernetes.annotation.prometheusPath]: '/metrics',
    },
  };
};

function exporterFlags({ exporter, discovery, firmware, cache, health }: AidaptivCacheSpec): string[] {
  return [
    flag('listen', exporter.port),
    flag('source', exporter.source),
    flag('all-nvme', exporter.scope === 'AllNvme'),
    flag('all-disk', exporter.scope === 'AllDisk'),
    seconds('interval', exporter.pollSeconds),
    seconds('timeout', health.commandTimeoutSeconds),
    flag('mount', cache.hostPath),
    flag('model-pattern', discovery.modelPattern),
    flag('pci-vendors', discovery.pciVendors),
    flag('match', discovery.match),
    flag('firmware', firmware.allowed),
  ];
}
