import { type Lifetime, silentLogger, systemClock } from '@rackwright/core';
import { EventRecorder, type KubeClient } from '@rackwright/kube';
import { SharedInformers } from '@rackwright/manager';

/** What a controller of a test is given by its manager, for as long as `lifetime` lasts. */
export function controllerContext(lifetime: Lifetime, client: KubeClient, reconciled: () => void) {
  const options = { client, clock: systemClock, logger: silentLogger };
  const events = lifetime.use(new EventRecorder({ ...options, component: 'operator', instance: 'test' }));
  const metrics = {
    reconciled,
    queueDepth: () => undefined,
    retried: () => undefined,
    cachedObjects: () => undefined,
    watchRestarted: () => undefined,
  };
  const informers = new SharedInformers({ ...options, metrics });
  return { ...options, events, notices: events, metrics, informers };
}
