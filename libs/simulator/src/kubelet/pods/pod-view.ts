import type { Pod, PodStatus } from '../pod-model.ts';

/** Conditions a kubelet owns; all others are somebody else's. */
const ownTypes: ReadonlySet<string> = new Set([
  'PodReadyToStartContainers',
  'Initialized',
  'Ready',
  'ContainersReady',
  'PodScheduled',
]);

/** Whether a pod has reached its last phase. */
export function isTerminal(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/**
 * A pod as the API server has it with the status this kubelet has found, which
 * may not have arrived there yet. Conditions of others, and a last phase
 * somebody else has set, are the API server's.
 */
export function mergedPod(api: Pod, own: PodStatus | undefined): Pod {
  if (own === undefined) return api;
  const others = (api.status?.conditions ?? []).filter(({ type }) => !ownTypes.has(type));
  const status = { ...api.status, ...own, conditions: [...(own.conditions ?? []), ...others] };
  if (!isTerminal(api)) return { ...api, status };
  const { phase, reason, message } = api.status ?? {};
  return {
    ...api,
    status: {
      ...status,
      ...(phase === undefined ? {} : { phase }),
      ...(reason === undefined ? {} : { reason }),
      ...(message === undefined ? {} : { message }),
    },
  };
}

/**
 * What of the API server's pod a kubelet acts upon, as one text to compare: all
 * but the status it wrote itself.
 */
export function externalPart({ metadata, spec, status }: Pod): string {
  const { resourceVersion: _, managedFields: __, ...rest } = metadata ?? {};
  const others = (status?.conditions ?? []).filter(({ type }) => !ownTypes.has(type));
  const { phase } = status ?? {};
  return JSON.stringify([rest, spec, others, phase === 'Succeeded' || phase === 'Failed' ? phase : '']);
}
