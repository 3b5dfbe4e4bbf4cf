import { cxiDrivers } from '@rackwright/api';
import { type Clock, errorMessage, formatDuration, HwError, type Logger } from '@rackwright/core';
import { ignoreNotFound, isConflict, isKubeError, type KubeClient, type KubeObject } from '@rackwright/kube';
import { carryOut } from '../cxidriver/steps.ts';
import { nextStep, type RemovalRequest, type RemovalStep } from './next-step.ts';
import { OperatorPresence } from './operator-presence.ts';
import { takeBackRest } from './rest.ts';
import { readState } from './state.ts';

/** Between two looks, in milliseconds. */
const periodMs = 500;

export interface RemovalOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long the operator, or this program in its place, may take. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Takes CXIDrivers away with all they rolled out, and what agents that are gone
 * left in the cluster. While an operator works it only waits for it; without
 * one it does the same steps itself, in the same order. It may be broken off
 * and begun again at any point.
 */
export class Removal {
  readonly #request: RemovalRequest;
  readonly #options: RemovalOptions;
  readonly #presence: OperatorPresence;
  /** What was told last. */
  #told = '';
  #byItself: boolean | undefined;
  #end = 0;

  constructor(request: RemovalRequest, options: RemovalOptions) {
    this.#request = request;
    this.#options = options;
    this.#presence = new OperatorPresence(options.client, request.namespace, options.clock);
  }

  /**
   * @throws HwError FailedPrecondition when there are CXIDrivers that nobody named and that is refused,
   *   DeadlineExceeded saying what it waits for; KubeError when the API server refuses a step
   */
  async run(): Promise<void> {
    const { clock, signal, client } = this.#options;
    this.#begin();
    for (;;) {
      if (await this.#attempt()) break;
      if (clock.monotonic() + periodMs > this.#end) throw this.#late();
      await clock.sleep(periodMs, signal);
    }
    await takeBackRest(client, signal);
  }

  /** One step; true when nothing is left to do. An API server that does not answer, or a conflict, is tried again. */
  async #attempt(): Promise<boolean> {
    try {
      const { client, signal } = this.#options;
      const { namespace } = this.#request;
      const [state, leader] = await Promise.all([
        readState(client, namespace, signal),
        this.#presence.leader(signal),
      ]);
      return await this.#take(nextStep({ ...state, leader }, this.#request), leader);
    } catch (error) {
      if (this.#options.signal.aborted || !isPassing(error)) throw error;
      this.#tell(errorMessage(error));
      return false;
    }
  }

  async #take(step: RemovalStep, leader: string | undefined): Promise<boolean> {
    const { client, signal } = this.#options;
    switch (step.kind) {
      case 'done':
        for (const message of step.left) this.#options.logger.info(message);
        return true;
      case 'refuse':
        throw refusal(step.others, this.#request);
      case 'delete':
        for (const driver of step.drivers) await this.#delete(driver);
        return false;
      case 'wait':
        this.#doneBy(false);
        this.#tell(`${step.message}; operator ${leader} does it`);
        return false;
      case 'carryOut': {
        this.#doneBy(true);
        this.#tell(`no operator works, so this program takes it away: ${step.plan.message}`);
        await carryOut(client, step.driver, step.plan, signal);
        return false;
      }
    }
  }

  async #delete({ metadata = {} }: KubeObject): Promise<void> {
    const { name = '', uid = '' } = metadata;
    const options = { preconditions: { uid }, signal: this.#options.signal };
    this.#options.logger.info('deleting', { cxidriver: name });
    await ignoreNotFound(this.#options.client.delete(cxiDrivers, { name }, options));
  }

  /** Whoever goes on with it gets the whole time. */
  #doneBy(itself: boolean): void {
    if (this.#byItself === itself) return;
    this.#byItself = itself;
    this.#begin();
  }

  #begin(): void {
    this.#end = this.#options.clock.monotonic() + this.#options.timeoutMs;
  }

  #tell(message: string): void {
    if (message === this.#told) return;
    this.#told = message;
    this.#options.logger.info(message);
  }

  #late(): HwError {
    const after = formatDuration(this.#options.timeoutMs);
    const remedy = this.#byItself
      ? 'look why those pods do not end, and run this again'
      : 'look at the log of the operator, or scale it to 0 and run this again: without an operator this program does it';
    return new HwError('DeadlineExceeded', `not done after ${after}: ${this.#told}`, { remedy });
  }
}

/** What the next try may not meet. */
function isPassing(error: unknown): boolean {
  return (
    isConflict(error) ||
    (isKubeError(error) && (error.status === 0 || error.status === 429 || error.status >= 500))
  );
}

function refusal(others: readonly string[], { named }: RemovalRequest): HwError {
  const list = others.join(', ');
  const names = named.length === 0 ? 'this removal' : named.join(', ');
  return new HwError(
    'FailedPrecondition',
    `CXIDriver ${list} does not belong to ${names}: without an operator its agents would run on unattended, and it could not be deleted any more`,
    {
      remedy: `delete it first with kubectl delete cxidriver ${others.join(' ')}, or allow it to be removed along`,
    },
  );
}
