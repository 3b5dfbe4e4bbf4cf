import { ais, kubernetes } from '@rackwright/keys';
import type { Service, ServicePort } from '@rackwright/kube';
import type { EffectiveSpec } from '../effective.ts';
import { names, type Owner, ownedMeta, type Role, selectorLabels, serviceLabels } from '../identity.ts';

const scraped = { [kubernetes.annotation.prometheusScrape]: 'true' } as const;
const { service } = ais;

/** Gives every pod of a role a name, also before it is ready: nodes must find each other to become so. */
export function headlessService(owner: Owner, { spec }: EffectiveSpec, role: Role): Service {
  const own = role === 'proxy' ? spec.proxySpec : spec.targetSpec;
  const ports = [
    { name: 'pub', port: Number(own.servicePort), targetPort: Number(own.portPublic) },
    { name: 'control', port: Number(own.portIntraControl), targetPort: Number(own.portIntraControl) },
    { name: 'data', port: Number(own.portIntraData), targetPort: Number(own.portIntraData) },
  ];
  return {
    ...{ apiVersion: 'v1', kind: 'Service' },
    metadata: {
      ...ownedMeta(owner, names.role(owner.name, role), serviceLabels(owner.name, service[role])),
      annotations: { ...scraped },
    },
    spec: {
      clusterIP: 'None',
      publishNotReadyAddresses: true,
      selector: selectorLabels(owner.name, role),
      ports: ports.map((port) => ({ ...port, protocol: 'TCP' })),
    },
  };
}

/** One for the proxies, and one for each of `targets` targets, where the spec wants them. */
export function loadBalancers(owner: Owner, effective: EffectiveSpec, targets: number): Service[] {
  const { external, spec } = effective;
  const { proxyLoadBalancer, targetLoadBalancer } = service;
  const ofProxies = external.proxy
    ? [
        loadBalancer(owner, {
          ...{ name: names.proxyLoadBalancer(owner.name), part: proxyLoadBalancer, own: spec.proxySpec },
          selector: selectorLabels(owner.name, 'proxy'),
        }),
      ]
    : [];
  if (!external.target) return ofProxies;
  const ofTargets = Array.from({ length: targets }, (_, i) =>
    loadBalancer(owner, {
      ...{ name: names.targetLoadBalancer(owner.name, i), part: targetLoadBalancer, own: spec.targetSpec },
      selector: {
        ...selectorLabels(owner.name, 'target'),
        [ais.label.podName]: names.pod(owner.name, 'target', i),
      },
    }),
  );
  return [...ofProxies, ...ofTargets];
}

interface LoadBalancerParts {
  readonly name: string;
  readonly part: string;
  readonly own: EffectiveSpec['spec']['proxySpec'] | EffectiveSpec['spec']['targetSpec'];
  readonly selector: Record<string, string>;
}

function loadBalancer(owner: Owner, { name, part, own, selector }: LoadBalancerParts): Service {
  return {
    ...{ apiVersion: 'v1', kind: 'Service' },
    metadata: {
      ...ownedMeta(owner, name, serviceLabels(owner.name, part)),
      annotations: { ...own.externalAccess?.annotations, ...scraped },
    },
    spec: {
      type: 'LoadBalancer',
      selector,
      ports: publicPorts(Number(own.servicePort), Number(own.portPublic)),
    },
  };
}

/** AIStore sends clients to the port that it listens on itself, so that one has to answer, too. */
function publicPorts(servicePort: number, portPublic: number): ServicePort[] {
  const own = { name: 'pub', port: servicePort, targetPort: portPublic, protocol: 'TCP' } as const;
  return servicePort === portPublic ? [own] : [own, { ...own, name: 'listens', port: portPublic }];
}

/** Load balancers that have no address yet, by name. */
export function pendingLoadBalancers(wanted: readonly Service[], live: readonly Service[]): string[] {
  const byName = new Map(live.map((one) => [one.metadata?.name, one]));
  return wanted
    .map(({ metadata }) => metadata?.name ?? '')
    .filter((name) => {
      const ingress = byName.get(name)?.status?.loadBalancer?.ingress ?? [];
      return !ingress.some(({ ip = '', hostname = '' }) => ip !== '' || hostname !== '');
    });
}
