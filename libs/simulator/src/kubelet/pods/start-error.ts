import { errorMessage } from '@rackwright/core';
import type { WaitingReason } from './container-statuses.ts';

/** A step of starting a container that failed, with the waiting reason it shows as. */
export class StartError extends Error {
  readonly waiting: WaitingReason;

  constructor(reason: string, cause: unknown) {
    super(reason, { cause });
    this.name = 'StartError';
    this.waiting = { reason, message: errorMessage(cause) };
  }
}

/** Runs one step; what it throws becomes a `StartError` of that reason. */
export async function step<T>(reason: string, work: () => Promise<T> | T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof StartError ? error : new StartError(reason, error);
  }
}
