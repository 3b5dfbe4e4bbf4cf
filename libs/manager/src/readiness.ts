import type { Informer } from '@rackwright/controller';
import type { KubeObject } from '@rackwright/kube';
import type { CheckResult, HealthChecks } from '@rackwright/service';
import type { ControllerParts } from './controller-parts.ts';

/** Ready when every cache follows the API server and no other installation acts in our place. */
export function addReadiness(
  health: HealthChecks,
  caches: readonly Informer<KubeObject>[],
  parts: readonly ControllerParts[],
): void {
  for (const cache of caches) health.addReadiness(cache.name, () => cacheReadiness(cache));
  for (const { activeState } of parts) {
    if (activeState === undefined) continue;
    health.addReadiness(activeState.name, () => {
      const { acts, message } = activeState.value.value;
      return acts ? { ok: true } : { ok: false, message };
    });
  }
}

/** Ready while the cache follows the API server: decisions from an old one may be wrong. */
function cacheReadiness({ synced, failure }: Informer<KubeObject>): CheckResult {
  if (failure.value !== undefined) return { ok: false, message: failure.value };
  return synced.value ? { ok: true } : { ok: false, message: 'the first list is not there yet' };
}
