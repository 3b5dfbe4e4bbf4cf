import type { Clock } from './clock.ts';
import { HwError } from './errors.ts';

/**
 * Gives `work` a signal that aborts after `ms` or with `parent`, and rejects
 * with `DeadlineExceeded` when the time is up even if `work` ignores it.
 *
 * @param what names the work in the error
 */
export async function withDeadline<T>(
  clock: Clock,
  ms: number,
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
  parent?: AbortSignal,
): Promise<T> {
  const controller = new AbortController();
  const { promise: expired, reject } = Promise.withResolvers<never>();
  const stop = (error: unknown): void => {
    controller.abort(error);
    reject(error);
  };
  const onParent = (): void => stop(parent?.reason);
  const timer = clock.timer(ms, () =>
    stop(new HwError('DeadlineExceeded', `${what} took longer than ${ms} ms`)),
  );
  if (parent?.aborted) onParent();
  else parent?.addEventListener('abort', onParent, { once: true });
  try {
    return await Promise.race([work(controller.signal), expired]);
  } finally {
    timer[Symbol.dispose]();
    parent?.removeEventListener('abort', onParent);
  }
}
