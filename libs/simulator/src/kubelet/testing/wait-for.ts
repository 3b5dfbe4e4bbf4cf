import { setTimeout } from 'node:timers/promises';

/** Looks at `check` until it holds, ten seconds at most or as told; throws what it saw last. */
export async function waitFor<T>(check: () => T | Promise<T>, limitMs = 10_000): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > end) throw error;
    }
    await setTimeout(10);
  }
}
