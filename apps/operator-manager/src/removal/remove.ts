import { type Clock, errorMessage, formatDuration, HwError, type Logger } from '@rackwright/core';
import { ignoreNotFound, isConflict, isKubeError, type KubeClient, type KubeObject } from '@rackwright/kube';
import { nextStep, type RemovalRequest, type RemovalStep } from './next-step.ts';
import { OperatorPresence } from './operator-presence.ts';
import type { RemovalPlan, RemovalScope, RemovalState, RemovedKind } from './removed-kind.ts';

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
 * Takes objects of one kind away with all they rolled out, and what agents that are
 * gone left in the cluster. While an operator works it only waits for it; without
 * one it does the same steps itself, in the same order. It may be broken off
 * and begun again at any point.
 */
export class Removal<S extends RemovalState, P extends RemovalPlan> {
  readonly #kind: RemovedKind<S, P>;
  readonly #request: RemovalRequest;
  readonly #options: RemovalOptions;
  readonly #presence: OperatorPresence;
  /** What was told last. */
  #told = '';
  #byItself: boolean | undefined;
  #end = 0;

  constructor(kind: RemovedKind<S, P>, request: RemovalRequest, options: RemovalOptions) {
    this.#kind = kind;
    this.#request = request;
    this.#options = options;
    this.#presence = new OperatorPresence(options.client, request.namespace, options.clock);
  }

  /**
   * @throws HwError FailedPrecondition when there are objects that nobody named and that is refused,
   *   DeadlineExceeded saying what it waits for; KubeError when the API server refuses a step
   */
  async run(): Promise<void> {
    const { clock, signal } = this.#options;
    this.#begin();
    while (!(await this.#attempt())) {
      if (clock.monotonic() + periodMs > this.#end) throw this.#late();
      await clock.sleep(periodMs, signal);
    }
  }

  /** One step; true when nothing is left to do. An API server that does not answer, or a conflict, is tried again. */
  async #attempt(): Promise<boolean> {
    try {
      const { client, signal } = this.#options;
      const scope = this.#scope();
      const [state, leader] = await Promise.all([
        this.#kind.readState(client, scope, signal),
        this.#presence.leader(signal),
      ]);
      const step = nextStep(this.#kind, { state, leader, now: scope.now }, this.#request);
      return await this.#take(step, leader);
    } catch (error) {
      if (this.#options.signal.aborted || !isPassing(error)) throw error;
      this.#tell(errorMessage(error));
      return false;
    }
  }

  async #take(step: RemovalStep<P>, leader: string | undefined): Promise<boolean> {
    const { client, signal } = this.#options;
    switch (step.kind) {
      case 'done':
        await this.#kind.takeBackRest(client, this.#scope(), signal);
        for (const message of step.left) this.#options.logger.info(message);
        return true;
      case 'refuse':
        throw refusal(this.#kind.type.kind, step.others, this.#request);
      case 'delete':
        for (const object of step.objects) await this.#delete(object);
        return false;
      case 'wait':
        this.#doneBy(false);
        this.#tell(`${step.message}; operator ${leader} does it`);
        return false;
      case 'carryOut': {
        this.#doneBy(true);
        this.#tell(`no operator works, so this program takes it away: ${step.plan.message}`);
        await this.#kind.carryOut(client, step.object, step.plan, signal);
        return false;
      }
    }
  }

  async #delete({ metadata = {} }: KubeObject): Promise<void> {
    const { name = '', uid = '' } = metadata;
    const options = { preconditions: { uid }, signal: this.#options.signal };
    this.#options.logger.info('deleting', { [this.#kind.logField]: name });
    await ignoreNotFound(this.#options.client.delete(this.#kind.type, { name }, options));
  }

  #scope(): RemovalScope {
    return { namespace: this.#request.namespace, now: this.#options.clock.now() };
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

function refusal(kind: string, others: readonly string[], { named }: RemovalRequest): HwError {
  const list = others.join(', ');
  const names = named.length === 0 ? 'this removal' : named.join(', ');
  return new HwError(
    'FailedPrecondition',
    `${kind} ${list} does not belong to ${names}: without an operator its agents would run on unattended, and it could not be deleted any more`,
    {
      remedy: `delete it first with kubectl delete ${kind.toLowerCase()} ${others.join(' ')}, or allow it to be removed along`,
    },
  );
}
