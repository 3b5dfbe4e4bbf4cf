import type { CheckResult, HealthChecks } from '@rackwright/service';
import type { CacheAndController } from './cxidriver/controller.ts';

/** Ready when every cache follows the API server and no other installation acts in our place. */
export function addReadiness(health: HealthChecks, parts: readonly CacheAndController[]): void {
  for (const informer of parts.flatMap((part) => part.informers)) {
    health.addReadiness(informer.name, () => cacheReadiness(informer));
  }
  for (const { exclusivity } of parts) {
    health.addReadiness(exclusivity.name, () => {
      const { acts, message } = exclusivity.standing.value;
      return acts ? { ok: true } : { ok: false, message };
    });
  }
}

/** Ready while the cache follows the API server: decisions from an old one may be wrong. */
function cacheReadiness({ synced, failure }: CacheAndController['informers'][number]): CheckResult {
  if (failure.value !== undefined) return { ok: false, message: failure.value };
  return synced.value ? { ok: true } : { ok: false, message: 'the first list is not there yet' };
}
