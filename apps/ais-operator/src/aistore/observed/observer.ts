import { type AisClient, isAuthError, isRejected, type JsonObject } from '@rackwright/aistore';
import { type Clock, errorMessage } from '@rackwright/core';
import type { AisCall } from '../calls.ts';
import type { CallOutcome } from '../metrics.ts';
import type { Observation } from './observation.ts';

/** What an observation is made with: the client of one cluster. */
export type AskedCluster = Pick<AisClient, 'health' | 'clusterMap' | 'config' | 'rebalanceStatus'>;

/** What calls of a plan are made with. */
export type ChangedCluster = Pick<
  AisClient,
  | 'setPrimary'
  | 'startMaintenance'
  | 'stopMaintenance'
  | 'decommission'
  | 'setConfig'
  | 'startRebalance'
  | 'shutdownCluster'
  | 'decommissionCluster'
  | 'clusterMap'
>;

/**
 * Asks a cluster for all that plans need. It never throws but for an abort: that a
 * cluster does not answer is something to know of it.
 */
export async function observe(
  cluster: AskedCluster,
  clock: Clock,
  signal: AbortSignal,
): Promise<Observation> {
  const at = clock.now();
  try {
    const isReady = await cluster.health({ readyToRebalance: true, signal });
    // A primary that starts keeps who asks for the map waiting.
    if (!isReady && !(await cluster.health({ signal }))) return { at, isReady, problem: 'no proxy is ready' };
    const [map, config, rebalance] = await Promise.all([
      cluster.clusterMap({ signal }),
      cluster.config({ signal }),
      cluster.rebalanceStatus({ signal }),
    ]);
    return { at, isReady, map, config, ...(rebalance === undefined ? {} : { rebalance }) };
  } catch (error) {
    signal.throwIfAborted();
    const problem = errorMessage(error);
    return { at, isReady: false, problem, ...(isAuthError(error) && { isLoginRefused: true }) };
  }
}

/** What came of the calls of a plan. */
export interface CallsOutcome {
  readonly made: readonly AisCall[];
  /** A configuration the cluster does not take, and why. */
  readonly refused?: { readonly config: JsonObject; readonly message: string };
  /** A member that cannot change now, because others do. */
  readonly busy?: string;
}

/**
 * Makes calls one after the other, and stops at the first that fails.
 *
 * @param ended is told of each how it ended
 * @throws AisError of the call that failed; not for one that may fail, a cluster that is busy, or a
 *   configuration that it refuses
 */
export async function makeCalls(
  cluster: ChangedCluster,
  calls: readonly AisCall[],
  signal: AbortSignal,
  ended: (call: AisCall['kind'], outcome: CallOutcome) => void = () => undefined,
): Promise<CallsOutcome> {
  const made: AisCall[] = [];
  let refused: CallsOutcome['refused'];
  for (const call of calls) {
    try {
      const isWaiting = await makeCall(cluster, call, signal);
      if (isWaiting) {
        ended(call.kind, 'busy');
        return { made, busy: 'pod' in call ? call.pod : '', ...(refused && { refused }) };
      }
      ended(call.kind, 'success');
      made.push(call);
    } catch (error) {
      signal.throwIfAborted();
      const failure = failureOf(error);
      ended(call.kind, failure);
      if (call.kind === 'set config' && failure === 'refused')
        refused = { config: call.config as JsonObject, message: errorMessage(error) };
      else if (!('optional' in call)) throw error;
    }
  }
  return { made, ...(refused && { refused }) };
}

function failureOf(error: unknown): CallOutcome {
  return isRejected(error) ? 'refused' : 'error';
}

/** Whether it has to be asked again later, as other members change. */
async function makeCall(cluster: ChangedCluster, call: AisCall, signal: AbortSignal): Promise<boolean> {
  switch (call.kind) {
    case 'set primary': {
      const node = (await cluster.clusterMap({ signal })).proxies.get(call.node);
      if (node === undefined) throw new Error(`${call.pod} (${call.node}) is no longer in the cluster map`);
      await cluster.setPrimary(node, { signal });
      return false;
    }
    case 'start maintenance':
      return isLeft(await cluster.startMaintenance([call.node], { skipRebalance: !call.rebalance, signal }));
    case 'stop maintenance':
      return isLeft(await cluster.stopMaintenance([call.node], { signal }));
    case 'decommission':
      return isLeft(await cluster.decommission([call.node], { removeUserData: call.removeUserData, signal }));
    case 'set config':
      await cluster.setConfig(call.config as JsonObject, { signal });
      return false;
    case 'rebalance':
      await cluster.startRebalance({ signal });
      return false;
    case 'shut down':
      await cluster.shutdownCluster({ signal });
      return false;
    case 'decommission cluster':
      await cluster.decommissionCluster({ removeUserData: call.removeUserData, signal });
      return false;
  }
}

function isLeft({ waiting }: { readonly waiting: readonly string[] }): boolean {
  return waiting.length > 0;
}
