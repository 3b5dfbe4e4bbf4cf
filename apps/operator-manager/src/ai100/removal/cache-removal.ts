import { aidaptivCaches } from '@rackwright/api';
import { type Clock, errorMessage, formatDuration, HwError, type Logger } from '@rackwright/core';
import { aidaptivCache } from '@rackwright/keys';
import { ignoreNotFound, isConflict, isKubeError, type KubeClient } from '@rackwright/kube';
import { isTerminating } from '@rackwright/manager';
import { claimOf, installationName } from '../../claim/installation.ts';
import { OperatorPresence } from '../../removal/operator-presence.ts';
import { carryOut } from '../carry-out.ts';
import { planDeletion } from '../plan.ts';
import type { Snapshot } from '../snapshot.ts';
import { readState, takeBackRest } from './state.ts';

/** Between two looks, in milliseconds. */
const periodMs = 500;

export interface CacheRemovalOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Namespace of the operator. */
  readonly namespace: string;
  /** Its ServiceAccount; any of the namespace when left out. */
  readonly account?: string;
  /** How long the operator, or this program in its place, may take. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Takes the AidaptivCache away with all it rolled out, and what is on Nodes of
 * it. While its operator works it only waits for it; without one it does the same
 * steps itself. The volumes of nodes stay as they are, with their data.
 */
export class CacheRemoval {
  readonly #options: CacheRemovalOptions;
  readonly #presence: OperatorPresence;
  #told = '';

  constructor(options: CacheRemovalOptions) {
    this.#options = options;
    this.#presence = new OperatorPresence(options.client, options.namespace, options.clock);
  }

  /** @throws HwError DeadlineExceeded saying what it waits for; KubeError when the API server refuses a step */
  async run(): Promise<void> {
    const { clock, signal, timeoutMs } = this.#options;
    const end = clock.monotonic() + timeoutMs;
    while (!(await this.#attempt())) {
      if (clock.monotonic() + periodMs > end) throw this.#late();
      await clock.sleep(periodMs, signal);
    }
  }

  /** One step; true when nothing is left to do. An API server that does not answer, or a conflict, is tried again. */
  async #attempt(): Promise<boolean> {
    const { client, namespace, clock, signal } = this.#options;
    try {
      return await this.#take(await readState(client, { namespace, now: clock.now() }, signal));
    } catch (error) {
      if (signal.aborted || !isPassing(error)) throw error;
      this.#tell(errorMessage(error));
      return false;
    }
  }

  async #take(state: Snapshot): Promise<boolean> {
    const { client, signal } = this.#options;
    const { cache } = state;
    const claim = cache === undefined ? undefined : claimOf(cache);
    if (claim !== undefined && !this.#isOurs(claim)) {
      this.#tell(
        `the AidaptivCache is left to installation ${installationName(claim)}, which looks after it`,
      );
      return true;
    }
    if (cache === undefined) {
      await takeBackRest(client, state, signal);
      return true;
    }
    if (!isTerminating(cache)) {
      this.#tell('deleting the AidaptivCache');
      const { name = '', uid = '' } = cache.metadata ?? {};
      await ignoreNotFound(client.delete(aidaptivCaches, { name }, { preconditions: { uid }, signal }));
      return false;
    }
    const leader = claim === undefined ? undefined : await this.#presence.leader(signal);
    if (leader !== undefined) {
      this.#tell(`operator ${leader} takes the AidaptivCache away`);
      return false;
    }
    const plan = planDeletion(cache, state);
    this.#tell(`no operator works, so this program takes the AidaptivCache away: ${plan.message}`);
    await carryOut(client, cache, plan, signal);
    return false;
  }

  #isOurs(claim: { readonly namespace: string; readonly name: string }): boolean {
    const { namespace, account } = this.#options;
    return claim.namespace === namespace && (account === undefined || claim.name === account);
  }

  #tell(message: string): void {
    if (message === this.#told) return;
    this.#told = message;
    this.#options.logger.info(message);
  }

  #late(): HwError {
    const after = formatDuration(this.#options.timeoutMs);
    return new HwError('DeadlineExceeded', `not done after ${after}: ${this.#told}`, {
      remedy: `look at the log of the operator and why pods of its DaemonSets do not end (kubectl describe aidaptivcache ${aidaptivCache.name}), and run this again`,
    });
  }
}

/** What the next try may not meet. */
function isPassing(error: unknown): boolean {
  return (
    isConflict(error) ||
    (isKubeError(error) && (error.status === 0 || error.status === 429 || error.status >= 500))
  );
}
