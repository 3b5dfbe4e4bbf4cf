import {
  Backoff,
  type Clock,
  errorMessage,
  isHwError,
  Latest,
  type Logger,
  type Runnable,
} from '@rackwright/core';
import { callOnce, statusName, type TlsTarget, toGrpcStatus, type UnaryMethod } from '@rackwright/grpc';
import type { CallTimes } from '../metrics.ts';
import { RegistryService } from './gen/registry/v0/registry.ts';

export interface RegistrationOptions {
  readonly registry: TlsTarget;
  readonly nodeId: string;
  /** Where the controller calls this node. */
  readonly endpoint: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observe: CallTimes;
}

/** How often a node says that it is there, and the longest wait between two tries, in milliseconds. */
const periodMs = 10_000;
/** A registration is answered once the controller has listed the node's volumes. */
const registerMs = 30_000;
const unregisterMs = 2000;

/**
 * Makes a node known to the controller, again and again: a controller that was
 * started anew knows nobody. At the end it says that the node is away.
 */
export class Registration implements Runnable {
  readonly name = 'registration';
  /** Why the controller does not know this node; undefined while it does. */
  readonly problem = new Latest<string | undefined>('this node has not registered yet');
  readonly #options: RegistrationOptions;

  constructor(options: RegistrationOptions) {
    this.#options = options;
  }

  /** @throws HwError InvalidArgument if the controller will never take this node */
  async start(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const backoff = new Backoff({ initialMs: 1000, maxMs: periodMs });
    while (!signal.aborted) {
      const registered = await this.#register(signal);
      if (registered) backoff.reset();
      await clock.sleep(registered ? periodMs : backoff.next(), signal).catch(() => undefined);
    }
    if (this.problem.value === undefined) await this.#unregister();
  }

  async #register(signal: AbortSignal): Promise<boolean> {
    const { nodeId, endpoint, logger } = this.#options;
    try {
      const request = { nodeId, endpoint };
      await this.#call(RegistryService.registerController, request, registerMs, signal);
      if (this.problem.set(undefined)) logger.info('registered with the controller', request);
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      if (isHwError(error, 'InvalidArgument')) throw error;
      if (this.problem.set(errorMessage(error)))
        logger.warn('the controller cannot be told of this node; it is tried again', {
          error: this.problem.value,
        });
      return false;
    }
  }

  async #unregister(): Promise<void> {
    const { nodeId, logger } = this.#options;
    await this.#call(RegistryService.unregisterController, { nodeId }, unregisterMs).catch((error: unknown) =>
      logger.info('the controller cannot be told that this node ends', { error: errorMessage(error) }),
    );
  }

  async #call<Q, R>(
    method: UnaryMethod<Q, R>,
    request: Q,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<void> {
    const { registry: socket, clock, observe } = this.#options;
    const what = method.path.slice(method.path.lastIndexOf('/') + 1);
    const start = clock.monotonic();
    const ended = (code: string): void => observe(method.path, code, (clock.monotonic() - start) / 1000);
    try {
      await callOnce({ socket, method, request, what, clock, timeoutMs, signal });
      ended('OK');
    } catch (error) {
      ended(statusName(toGrpcStatus(error).code));
      throw error;
    }
  }
}
