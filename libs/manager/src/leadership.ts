import { hostname } from 'node:os';
import { leaderTerms } from '@rackwright/api';
import { LeaderElector } from '@rackwright/controller';
import { HwError, isHwError } from '@rackwright/core';
import type { EventRecorder, KubeClient } from '@rackwright/kube';
import type { ServiceContext } from '@rackwright/service';
import { leadershipMetric } from './controller-metrics.ts';
import type { ManagerConfig } from './options.ts';

/**
 * Lets this replica compete for the lead. Its own writes, of the lease, go
 * through `client`; all others through `client.fenced(elector.fence)`.
 *
 * @param name of the Lease
 * @throws HwError InvalidArgument naming the flag when the three times do not decrease
 */
export function leaderElector(
  context: ServiceContext<ManagerConfig>,
  client: KubeClient,
  name: string,
): LeaderElector {
  const { config, clock, logger, metrics } = context;
  const { leaseDuration, renewDeadline, retryPeriod } = config;
  try {
    const elector = new LeaderElector({
      ...{ client, clock, logger, namespace: config.namespace, name, termType: leaderTerms },
      identity: `${config.podName ?? hostname()}_${crypto.randomUUID()}`,
      ...{ leaseDurationMs: leaseDuration, renewDeadlineMs: renewDeadline, retryPeriodMs: retryPeriod },
    });
    leadershipMetric(metrics, elector.leading);
    return elector;
  } catch (error) {
    if (!isHwError(error, 'InvalidArgument')) throw error;
    throw new HwError('InvalidArgument', error.message, { field: '--lease-duration', cause: error });
  }
}

/**
 * Does `work` whenever this replica leads. What happened is told before the lead
 * is handed over; after a loss nothing of it is told any more.
 */
export async function lead(
  elector: LeaderElector,
  events: Pick<EventRecorder, 'flush' | 'discard'>,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  await elector.run(signal, async (leading) => {
    try {
      await work(leading);
    } finally {
      if (!elector.fence.signal.aborted) await events.flush();
      events.discard();
    }
  });
}
