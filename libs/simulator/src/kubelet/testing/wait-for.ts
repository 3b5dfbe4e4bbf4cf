import { setTimeout } from 'node:timers/promises';

/** Looks at `check` until it holds, ten seconds at most; throws what it saw last. */
export async function waitFor<T>(check: () => T | Promise<T>): Promise<T> {
  const end = performance.now() + 10_000;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > end) throw error;
    }
    await setTimeout(10);
  }
}
