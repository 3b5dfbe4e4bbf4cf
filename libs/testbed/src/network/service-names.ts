/** Domain of every name of the cluster. */
export const clusterDomain = 'cluster.local';

/** What a DNS name of a Service means. */
export interface ServiceName {
  readonly namespace: string;
  readonly service: string;
  /** One pod of a headless Service, by its host name. */
  readonly pod?: string;
}

/**
 * Everything a name may mean to a pod, in the order a resolver with a pod's
 * search domains tries it: `web` is a Service of the pod's own namespace, and
 * `a.b` first pod `a` of its Service `b`, then Service `a` of namespace `b`.
 *
 * @param namespace of the pod that asks; undefined for somebody without search domains
 */
export function meanings(name: string, namespace: string | undefined): ServiceName[] {
  const search =
    namespace === undefined
      ? []
      : [`.${namespace}.svc.${clusterDomain}`, `.svc.${clusterDomain}`, `.${clusterDomain}`];
  return [...search, ''].flatMap((suffix) => serviceName(name + suffix) ?? []);
}

function serviceName(full: string): ServiceName | undefined {
  const labels = full.split('.');
  const [svc, ...domain] = labels.slice(-3);
  // Components of the control plane ask for <service>.<namespace>.svc.
  const length = svc === 'svc' && domain.join('.') === clusterDomain ? -3 : labels.at(-1) === 'svc' ? -1 : 0;
  if (length === 0) return undefined;
  const [first = '', second, third, ...rest] = labels.slice(0, length);
  if (second === undefined || rest.length > 0) return undefined;
  if (third === undefined) return { service: first, namespace: second };
  return { pod: first, service: second, namespace: third };
}
