import { pmem } from '@rackwright/keys';
import type { Service } from '@rackwright/kube';
import { metricsPort } from '../../descriptors.ts';
import type { Owner } from '../../manifests/identity.ts';
import { namesOf, namespacedMeta, podSelector } from './identity.ts';

/** Port of the controller at which nodes register. */
export const registryPort = { name: 'registry', number: 10_000 } as const;

const part = pmem.part.controller;

/** Of the registry, for nodes, and of its metrics, for a Prometheus outside of the cluster. */
export function olderServices(owner: Owner): Service[] {
  const { controller, metrics } = namesOf(owner);
  return [
    service(owner, controller, { type: 'ClusterIP', port: registryPort }),
    service(owner, metrics, { type: 'NodePort', port: metricsPort }),
  ];
}

interface Reachable {
  readonly type: 'ClusterIP' | 'NodePort';
  readonly port: { readonly name: string; readonly number: number };
}

function service(owner: Owner, name: string, { type, port }: Reachable): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: namespacedMeta(owner, name, part),
    spec: {
      type,
      selector: podSelector(owner, part),
      ports: [{ name: port.name, port: port.number, targetPort: port.name }],
    },
  };
}
