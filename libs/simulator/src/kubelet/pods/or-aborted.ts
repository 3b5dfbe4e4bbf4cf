/** Waits for `work`, but not longer than until `signal` aborts; then it rejects with the signal's reason. */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
    // What goes on alone may still fail; nobody is left to hear of it.
    work.catch(() => undefined);
  }
}
