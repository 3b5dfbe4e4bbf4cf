import { type CallOptions, type KubeClient, resources } from '@rackwright/kube';

export interface ServiceKey {
  readonly namespace: string;
  readonly name: string;
}

/** Whether a Service leads to a pod that is ready. */
export async function hasReadyEndpoint(
  client: KubeClient,
  { namespace, name }: ServiceKey,
  options: CallOptions,
): Promise<boolean> {
  const labelSelector = `kubernetes.io/service-name=${name}`;
  const slices = await client.list(resources.endpointSlices, { ...options, namespace, labelSelector });
  return slices.items.some(({ endpoints }) =>
    (endpoints ?? []).some(({ conditions }) => conditions?.ready !== false),
  );
}
