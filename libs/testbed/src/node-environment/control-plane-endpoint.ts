import { kubernetes } from '@rackwright/keys';
import { type EndpointSlice, type KubeClient, type ObjectKey, resources } from '@rackwright/kube';
import { controlPlaneAddress } from './layout.ts';

/** Lets a Service without a selector lead to the control plane's machine. */
export async function leadToControlPlane(
  client: KubeClient,
  { namespace, name }: Required<ObjectKey>,
  ports: Readonly<NonNullable<EndpointSlice['ports']>>,
): Promise<void> {
  await client.create(resources.endpointSlices, {
    metadata: { namespace, name, labels: { [kubernetes.label.serviceName]: name } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [controlPlaneAddress], conditions: { ready: true } }],
    ports: [...ports],
  });
}

/** Lets the API server's own Service lead to it, also while it is away and could not say so itself. */
export async function leadToApiServer(client: KubeClient): Promise<void> {
  const key = { namespace: 'default', name: 'kubernetes' };
  await leadToControlPlane(client, key, [{ name: 'https', protocol: 'TCP', port: 443 }]);
}
