import type { PodStatus } from '../pod-model.ts';

/**
 * Whether the API server's status of a pod says something else than the
 * kubelet's own: somebody changed it, as the node controller does with `Ready`
 * when it hears nothing from a node. What the API server says beside it, such
 * as conditions of others, does not count.
 */
export function hasDrifted(api: PodStatus | undefined, own: PodStatus): boolean {
  if (api?.phase !== own.phase) return true;
  const conditions = (own.conditions ?? []).some((condition) => {
    const shown = api?.conditions?.find(({ type }) => type === condition.type);
    return shown?.status !== condition.status || (shown.reason ?? '') !== (condition.reason ?? '');
  });
  return conditions || own.containerStatuses?.some((container) => !isShown(container, api)) === true;
}

function isShown(
  container: NonNullable<PodStatus['containerStatuses']>[number],
  api: PodStatus | undefined,
): boolean {
  const shown = api?.containerStatuses?.find(({ name }) => name === container.name);
  return shown?.ready === container.ready && shown.restartCount === container.restartCount;
}
