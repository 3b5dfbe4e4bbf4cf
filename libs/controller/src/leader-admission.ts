import { Backoff, type Clock, errorMessage, type Logger } from '@rackwright/core';
import { isKubeError, isTransient, type KubeClient, resources } from '@rackwright/kube';

/** What `untilAdmitted` needs. */
export interface LeaderAdmissionOptions {
  readonly client: Pick<KubeClient, 'create'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly namespace: string;
  /** Name of the Lease that was acquired. */
  readonly name: string;
  /** Time limit of one question, and the longest wait between two, in milliseconds. */
  readonly retryPeriodMs: number;
}

/**
 * Waits until the API server takes this replica for the leader, or `signal` aborts.
 *
 * A ValidatingAdmissionPolicy may refuse the writes of all but the holder of the
 * lease. The API server judges by a copy of the lease that follows the stored one
 * a moment later. It is asked, by a write that stores nothing, until it knows the
 * new holder: from then on it refuses the former one. Whatever the new leader
 * writes therefore comes after the last write of the former. Where there is no
 * such policy the first answer is yes.
 */
export async function untilAdmitted(options: LeaderAdmissionOptions, signal: AbortSignal): Promise<void> {
  const { clock, logger, retryPeriodMs } = options;
  const backoff = new Backoff({ initialMs: 10, maxMs: retryPeriodMs });
  while (!signal.aborted) {
    try {
      await ask(options, signal);
      return;
    } catch (error) {
      if (signal.aborted || !isWorthAsking(error)) return;
      const level = backoff.attempts > 5 ? 'warn' : 'debug';
      logger[level]('not yet the leader to the API server', { error: errorMessage(error) });
    }
    await clock.sleep(backoff.next(), signal).catch(() => undefined);
  }
}

function ask({ client, namespace, name, retryPeriodMs }: LeaderAdmissionOptions, signal: AbortSignal) {
  const lease = { metadata: { namespace, generateName: `${name}-` } };
  const timeoutMs = Math.max(retryPeriodMs, 1000);
  return client.create(resources.leases, lease, { dryRun: true, signal, timeoutMs });
}

/** The policy refuses with 422. Who may not create leases cannot ask; the age of the lease guards its writes. */
function isWorthAsking(error: unknown): boolean {
  return isKubeError(error, 422) || isTransient(error);
}
