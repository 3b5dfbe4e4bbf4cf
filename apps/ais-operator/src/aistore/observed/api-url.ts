import { isIPv6 } from 'node:net';
import { type AIStore, parseAIStore } from '@rackwright/api';
import { kubernetes } from '@rackwright/keys';
import type { Pod, Service } from '@rackwright/kube';
import { type EffectiveSpec, effectiveSpec } from '../effective.ts';
import { names } from '../identity.ts';
import { intraClusterUrl, schemeOf } from '../manifests/cluster-config.ts';
import type { AisSettings } from '../settings.ts';

/** What the address of a cluster's API is found by. */
export interface ApiPlaces {
  readonly cluster: AIStore;
  readonly services: readonly Service[];
  readonly pods: readonly Pod[];
}

/**
 * Where the operator asks a cluster (ais.md §2.13): on the node of a proxy with `apiMode: public`, at
 * the load balancer of the proxies where there is one with an address, else inside of Kubernetes. With
 * https inside in any case but the first: certificates need not name the address of a load balancer,
 * and those that a pod has do not as long as external access is being switched on.
 *
 * @returns undefined while there is no such place
 */
export function apiUrl(
  { cluster, services, pods }: ApiPlaces,
  { clusterDomain }: Pick<AisSettings, 'clusterDomain'>,
): string | undefined {
  const parsed = parseAIStore(cluster);
  if (!parsed.ok) return cluster.status?.intraClusterURL;
  const { name = '', namespace = '' } = cluster.metadata ?? {};
  const effective = effectiveSpec(parsed.value.spec);
  const { spec, external, useHttps } = effective;
  if (spec.apiMode === 'public')
    return urlOf(effective, pods.filter(isReadyProxy).map(hostOf).sort()[0], spec.proxySpec.portPublic);
  const balancer = services.find(({ metadata }) => metadata?.name === names.proxyLoadBalancer(name));
  const outside =
    external.proxy && !useHttps
      ? urlOf(effective, ingressOf(balancer), spec.proxySpec.servicePort)
      : undefined;
  const owner = { name, namespace, object: cluster };
  const domain = spec.clusterDomain ?? clusterDomain;
  return outside ?? intraClusterUrl({ owner, effective, domain, mayRebalance: true });
}

function urlOf(effective: EffectiveSpec, host = '', port: string | number): string | undefined {
  if (host === '') return undefined;
  return `${schemeOf(effective)}://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

function hostOf({ status }: Pod): string {
  return status?.hostIP ?? '';
}

function isReadyProxy({ metadata, status }: Pod): boolean {
  const isReady = status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;
  return (
    isReady && metadata?.labels?.[kubernetes.label.component] === 'proxy' && status?.hostIP !== undefined
  );
}

/** The address or name that a load balancer has, as clients use it. */
function ingressOf(service: Service | undefined): string | undefined {
  const ingress = service?.status?.loadBalancer?.ingress ?? [];
  return ingress.map(({ ip = '', hostname = '' }) => ip || hostname).find((host) => host !== '');
}
