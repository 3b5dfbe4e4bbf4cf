import { isIPv4 } from 'node:net';
import { HwError } from '@rackwright/core';
import type { EndpointSlice, Service } from '@rackwright/kube';
import { meanings, type ServiceName } from './service-names.ts';
import { formatTarget, type Target } from './target.ts';

/** What is known of the cluster's Services. */
export interface ServiceView {
  /** The Service of this name. */
  service(namespace: string, name: string): Service | undefined;
  /** The Service that has this cluster or load balancer address. */
  byAddress(address: string): Service | undefined;
  /** The Service that has this node port. */
  byNodePort(port: number): Service | undefined;
  /** What the Service's EndpointSlices list. */
  slices(namespace: string, name: string): readonly EndpointSlice[];
  /** Whether an address is that of a node. */
  isNode(address: string): boolean;
}

/** How often a name that stands for another one is followed. */
const longestChain = 8;

/**
 * Where a connection may go, as kube-proxy and a cluster's DNS would have it:
 * addresses of pods or nodes with their ports, any of them as good as the others.
 *
 * @param namespace of the pod that asks, for short names
 * @throws HwError NotFound for an unknown name or port, Unavailable when nothing is ready behind it
 */
export function resolve(target: Target, namespace: string | undefined, view: ServiceView): Target[] {
  return isIPv4(target.host)
    ? byAddress(target, view)
    : byName(target, { namespace, view, left: longestChain });
}

function byAddress(target: Target, view: ServiceView): Target[] {
  const service = view.byAddress(target.host);
  if (service !== undefined) return behind(service, target, view, ({ port }) => port === target.port);
  const exposed = view.isNode(target.host) ? view.byNodePort(target.port) : undefined;
  if (exposed === undefined) return [target];
  return behind(exposed, target, view, ({ nodePort }) => nodePort === target.port);
}

interface NameQuery {
  readonly namespace: string | undefined;
  readonly view: ServiceView;
  readonly left: number;
}

function byName(target: Target, { namespace, view, left }: NameQuery): Target[] {
  for (const meaning of meanings(target.host, namespace)) {
    const service = view.service(meaning.namespace, meaning.service);
    if (service === undefined) continue;
    const alias = service.spec?.type === 'ExternalName' ? service.spec.externalName : undefined;
    if (alias !== undefined && left > 0) {
      return byName({ ...target, host: alias.toLowerCase() }, { namespace, view, left: left - 1 });
    }
    const { clusterIP } = service.spec ?? {};
    if (clusterIP === 'None') return headless(target, meaning, view);
    if (meaning.pod === undefined && clusterIP) return byAddress({ ...target, host: clusterIP }, view);
  }
  throw new HwError('NotFound', `no such host in ${formatTarget(target)}`);
}

/** Names of headless Services stand for the pods' own addresses: ports are not translated. */
function headless(target: Target, { namespace, service, pod }: ServiceName, view: ServiceView): Target[] {
  const found = view
    .slices(namespace, service)
    .flatMap(({ endpoints }) => readyOf(endpoints))
    .filter(({ hostname }) => pod === undefined || hostname === pod)
    .flatMap(({ addresses }) => addresses.slice(0, 1).map((host) => ({ host, port: target.port })));
  if (found.length > 0) return found;
  throw new HwError('NotFound', `no such host in ${formatTarget(target)}: no pod of it is ready`);
}

type Port = NonNullable<NonNullable<Service['spec']>['ports']>[number];
type Endpoint = EndpointSlice['endpoints'][number];

function behind(
  service: Service,
  target: Target,
  view: ServiceView,
  isMeant: (port: Port) => boolean,
): Target[] {
  const { namespace = '', name = '' } = service.metadata ?? {};
  const port = service.spec?.ports?.find(isMeant);
  if (port === undefined) {
    throw new HwError('NotFound', `Service ${namespace}/${name} has no port ${target.port}`);
  }
  const slices = view.slices(namespace, name);
  const endpoints = readyOf(slices.flatMap((slice) => slice.endpoints));
  const found = slices.flatMap((slice) => {
    const number = slice.ports?.find((one) => (one.name ?? '') === (port.name ?? ''))?.port;
    if (number === undefined) return [];
    return slice.endpoints
      .filter((endpoint) => endpoints.includes(endpoint))
      .flatMap(({ addresses }) => addresses.slice(0, 1).map((host) => ({ host, port: number })));
  });
  if (found.length > 0) return found;
  throw new HwError(
    'Unavailable',
    `Service ${namespace}/${name} has nothing ready behind port ${target.port}`,
  );
}

/** Those that are ready; when none is, those that end but still answer, as kube-proxy does. */
function readyOf(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const ready = endpoints.filter(({ conditions }) => conditions?.ready !== false);
  if (ready.length > 0) return ready;
  return endpoints.filter(({ conditions }) => conditions?.serving && conditions.terminating);
}
