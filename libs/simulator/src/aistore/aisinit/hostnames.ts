import { FatalError, type Program } from '../process/program.ts';

/** How a node is reached. */
export interface Hostnames {
  readonly hostname: string;
  readonly hostname_intra_control: string;
  readonly hostname_intra_data: string;
}

/** Pod and namespace, and what of the pod decides its hostnames. */
export interface PodIdentity {
  readonly pod: string;
  readonly namespace: string;
  readonly hostNetwork: boolean;
  /** The address of a load balancer of its own is its hostname. */
  readonly externalAccess: boolean;
  readonly names: Hostnames;
}

/**
 * The hostnames of a pod by the variables of its init container.
 *
 * @throws FatalError when one that is needed is missing
 */
export function podIdentity({ env }: Pick<Program, 'env'>, role: 'proxy' | 'target'): PodIdentity {
  const required = (name: string): string => {
    const value = (env[name] ?? '').trim();
    if (value === '') throw new FatalError(`env "${name}" is required!`);
    return value;
  };
  const namespace = required('K8S_NS');
  const service = required('MY_SERVICE');
  const pod = required('MY_POD');
  const domain = env.AIS_K8S_CLUSTER_DOMAIN?.trim() || 'cluster.local';
  const mode = env.AIS_PUBLIC_DNS_MODE?.trim() || 'IP';
  const podName = `${pod}.${service}.${namespace}.svc.${domain}`;
  const isTarget = role === 'target';
  const hostNetwork = isTarget && isTrue('HOST_NETWORK', env.HOST_NETWORK);
  // The node finds its addresses itself where its network is the host's.
  const isFound = hostNetwork && mode === 'IP';
  const shown = mode === 'Pod' ? podName : (env.AIS_PUBLIC_HOSTNAME ?? '').trim();
  return {
    ...{ pod, namespace, hostNetwork },
    externalAccess: isTarget && isTrue('ENABLE_EXTERNAL_ACCESS', env.ENABLE_EXTERNAL_ACCESS),
    names: {
      hostname: isFound ? '' : shown,
      hostname_intra_control: podName,
      hostname_intra_data: isFound ? '' : podName,
    },
  };
}

function isTrue(name: string, text = ''): boolean {
  const value = text.trim().toLowerCase();
  if (['true', 'yes', 'y', 'on', '1', 't'].includes(value)) return true;
  if (['false', 'no', 'n', 'off', '0', 'f', ''].includes(value)) return false;
  throw new FatalError(`env "${name}": ${JSON.stringify(text)} is no Boolean`);
}
