import { X509Certificate } from 'node:crypto';
import type { Latest } from '@rackwright/core';
import type { TlsIdentity } from '@rackwright/grpc';
import { pmemMetric } from '@rackwright/keys';
import { Gauge, type Registry } from '@rackwright/service';

/** How many nodes can be reached. */
export function addNodes(registry: Registry, count: () => number): void {
  new Gauge({
    name: pmemMetric.nodes,
    help: 'Nodes that are registered and answer.',
    registers: [registry],
    collect() {
      this.set(count());
    },
  });
}

/** When what is shown to others expires. */
export function addCertificateExpiry(
  registry: Registry,
  identities: Readonly<Record<'server' | 'client', Latest<TlsIdentity>>>,
): void {
  new Gauge({
    name: pmemMetric.certificateExpiry,
    help: 'When the certificate for those that are served, or called, expires, in seconds since 1970.',
    labelNames: ['role'],
    registers: [registry],
    collect() {
      for (const [role, { value }] of Object.entries(identities))
        this.set({ role }, new X509Certificate(value.cert).validToDate.getTime() / 1000);
    },
  });
}
