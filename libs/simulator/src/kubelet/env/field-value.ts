import { HwError } from '@rackwright/core';
import type { Pod } from '../pod-model.ts';

/** Addresses a pod may ask for. */
export interface PodAddresses {
  readonly hostIp: string;
  readonly podIp: string;
}

/**
 * The value of a downward API `fieldPath`.
 *
 * @throws HwError InvalidArgument for a path Kubernetes does not offer
 */
export function fieldValue(pod: Pod, path: string, addresses: PodAddresses): string {
  const simple = simpleField(pod, path, addresses);
  if (simple !== undefined) return simple;
  const subscript = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(path);
  if (subscript !== null) {
    const [, map = '', key = ''] = subscript;
    return pod.metadata?.[map === 'labels' ? 'labels' : 'annotations']?.[key] ?? '';
  }
  throw new HwError('InvalidArgument', `the downward API has no field ${path}`, { field: 'fieldPath' });
}

function simpleField(pod: Pod, path: string, { hostIp, podIp }: PodAddresses): string | undefined {
  switch (path) {
    case 'metadata.name':
      return pod.metadata?.name ?? '';
    case 'metadata.namespace':
      return pod.metadata?.namespace ?? '';
    case 'metadata.uid':
      return pod.metadata?.uid ?? '';
    case 'metadata.labels':
      return formatMap(pod.metadata?.labels);
    case 'metadata.annotations':
      return formatMap(pod.metadata?.annotations);
    case 'spec.nodeName':
      return pod.spec.nodeName ?? '';
    case 'spec.serviceAccountName':
      return pod.spec.serviceAccountName ?? '';
    case 'status.hostIP':
    case 'status.hostIPs':
      return hostIp;
    case 'status.podIP':
    case 'status.podIPs':
      return podIp;
    default:
      return undefined;
  }
}

/** One `key="value"` per line, sorted by key. */
function formatMap(map: Record<string, string> | undefined): string {
  return Object.keys(map ?? {})
    .sort()
    .map((key) => `${key}=${JSON.stringify(map?.[key])}`)
    .join('\n');
}
