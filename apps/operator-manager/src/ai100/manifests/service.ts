import type { AidaptivCache } from '@rackwright/api';
import { ai100 } from '@rackwright/keys';
import type { Service } from '@rackwright/kube';
import { ownedMeta, selectorLabels } from './identity.ts';

/** The headless Service of the exporters, as the older operator had it. */
export function exporterService(cache: AidaptivCache, namespace: string): Service {
  const component = ai100.component.exporter;
  const { port } = cache.spec.exporter;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...ownedMeta(cache, component), namespace },
    spec: {
      clusterIP: 'None',
      selector: selectorLabels(component),
      ports: [{ name: 'http', port, targetPort: port, protocol: 'TCP' }],
    },
  };
}
