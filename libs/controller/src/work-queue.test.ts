import { expect, test } from '@jest/globals';
import { ManualClock } from '@rackwright/core';
import fc from 'fast-check';
import { WorkQueue } from './work-queue.ts';

const signal = new AbortController().signal;

function make(options: Partial<ConstructorParameters<typeof WorkQueue>[0]> = {}): {
  queue: WorkQueue;
  clock: ManualClock;
} {
  const clock = new ManualClock();
  return { clock, queue: new WorkQueue({ clock, random: () => 0, ...options }) };
}

test('keys come out in order of arrival, each once however often it was added', async () => {
  const { queue } = make();
  for (const key of ['b', 'a', 'b', 'a', 'c']) queue.add(key);
  expect(queue.depth).toBe(3);
  expect([await queue.next(signal), await queue.next(signal), await queue.next(signal)]).toEqual([
    'b',
    'a',
    'c',
  ]);
});

test('a key added while it is worked on comes again only when that work is done', async () => {
  const { queue } = make();
  queue.add('a');
  await queue.next(signal);
  queue.add('a');
  queue.add('a');
  queue.add('b');
  expect(await queue.next(signal)).toBe('b');
  expect(queue.depth).toBe(0);
  queue.done('a');
  expect(await queue.next(signal)).toBe('a');
  queue.done('a');
  expect(queue.depth).toBe(0);
});

test('whoever waits gets the next key', async () => {
  const { queue } = make();
  const [first, second] = [queue.next(signal), queue.next(signal)];
  queue.add('a');
  queue.add('b');
  expect(await Promise.all([first, second])).toEqual(['a', 'b']);
});

test('a waiter that gives up does not swallow a key', async () => {
  const { queue } = make();
  const abort = new AbortController();
  const given = queue.next(abort.signal);
  abort.abort(new Error('stop'));
  await expect(given).rejects.toThrow('stop');
  queue.add('a');
  expect(queue.depth).toBe(1);
  await expect(queue.next(abort.signal)).rejects.toThrow('stop');
});

test('a failing key waits 100 ms, 200 ms and so on up to five minutes, and starts anew once forgotten', async () => {
  const { queue } = make({ retriesPerSecond: 1e6, retryBurst: 1e6 });
  const waits = Array.from({ length: 14 }, () => queue.retry('a'));
  expect(waits.slice(0, 4)).toEqual([100, 200, 400, 800]);
  expect(waits.at(-1)).toBe(300_000);
  queue.forget('a');
  expect(queue.retry('a')).toBe(100);
  queue.clear();
});

test('a retry waits at least as long as the server asks', () => {
  const { queue } = make();
  expect(queue.retry('a', { atLeastMs: 7000 })).toBe(7000);
});

test('retries whose cause went away come at once and count anew, the others keep their time', async () => {
  const { queue, clock } = make();
  for (let i = 0; i < 8; i++) queue.retry('server away', { canHasten: true });
  for (let i = 0; i < 8; i++) queue.retry('refused');
  queue.addAfter('later', 60_000);
  await clock.advance(50);
  queue.hasten(500);
  await clock.advance(1);
  expect(await queue.next(signal)).toBe('server away');
  expect(queue.depth).toBe(0);
  expect(queue.retry('server away')).toBe(100);
});

test('a key that is worked on, or done with, is not brought back', async () => {
  const { queue, clock } = make();
  queue.retry('a', { canHasten: true });
  await clock.advance(100);
  expect(await queue.next(signal)).toBe('a');
  queue.hasten(500);
  queue.done('a');
  queue.hasten(500);
  await clock.advance(1000);
  expect(queue.depth).toBe(0);
});

test('a wait can be held below a limit, however often a key failed', () => {
  const { queue } = make();
  const waits = Array.from({ length: 14 }, () => queue.retry('a', { atMostMs: 30_000 }));
  expect(Math.max(...waits)).toBe(30_000);
  expect(queue.retry('a')).toBe(300_000);
});

test('retries of many keys together are limited, first tries are not', () => {
  const { queue } = make({ retriesPerSecond: 10, retryBurst: 5 });
  const waits = Array.from({ length: 25 }, (_, i) => queue.retry(`k${i}`));
  expect(waits.slice(0, 5)).toEqual([100, 100, 100, 100, 100]);
  expect(waits.at(-1)).toBe(2000);
  for (let i = 0; i < 1000; i++) queue.add(`new${i}`);
  expect(queue.depth).toBe(1000);
});

test('of several wishes for later the earliest counts, and working on the key now fulfils them all', async () => {
  const { queue, clock } = make();
  queue.addAfter('a', 5000);
  queue.addAfter('a', 1000);
  queue.addAfter('a', 3000);
  await clock.advance(1000);
  expect(await queue.next(signal)).toBe('a');
  queue.done('a');
  expect(clock.waiting).toBe(0);
  queue.addAfter('a', 5000);
  queue.add('a');
  expect(await queue.next(signal)).toBe('a');
  queue.done('a');
  await clock.advance(10_000);
  expect(queue.depth).toBe(0);
});

test('a wish for later made while the key is worked on is kept', async () => {
  const { queue, clock } = make();
  queue.add('a');
  await queue.next(signal);
  queue.addAfter('a', 1000);
  queue.done('a');
  await clock.advance(1000);
  expect(queue.depth).toBe(1);
});

test('ten thousand keys that were done with leave nothing behind', async () => {
  const { queue, clock } = make();
  for (let i = 0; i < 10_000; i++) {
    queue.add(`k${i}`);
    await queue.next(signal);
    queue.retry(`k${i}`);
    queue.forget(`k${i}`);
    queue.done(`k${i}`);
  }
  await clock.advance(3_600_000);
  while (queue.depth > 0) queue.done(await queue.next(signal));
  expect(queue.tracked).toBe(0);
  expect(clock.waiting).toBe(0);
});

type Step =
  | { readonly do: 'add' | 'retry' | 'forget'; readonly key: string }
  | { readonly do: 'take' }
  | { readonly do: 'done' }
  | { readonly do: 'later'; readonly key: string; readonly ms: number }
  | { readonly do: 'pass'; readonly ms: number };

const key = fc.constantFrom('a', 'b', 'c');
const ms = fc.nat(2000);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('add', 'retry', 'forget'), key }),
  fc.record({ do: fc.constantFrom('take', 'done') }),
  fc.record({ do: fc.constant('later'), key, ms }),
  fc.record({ do: fc.constant('pass'), ms }),
) as fc.Arbitrary<Step>;

test('whatever happens, no key is worked on twice at once and no key added is lost', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { queue, clock } = make();
      const working: string[] = [];
      /** Added since last handed out. */
      const owed = new Set<string>();
      const take = async (): Promise<void> => {
        const next = await queue.next(signal);
        expect(working).not.toContain(next);
        working.push(next);
        owed.delete(next);
      };
      for (const { do: what, ...rest } of steps) {
        const { key: about = '', ms: time = 0 } = rest as { key?: string; ms?: number };
        if (what === 'add') queue.add(about);
        if (what === 'retry') queue.retry(about);
        if (what === 'later') queue.addAfter(about, time);
        if (what === 'add' || what === 'retry' || what === 'later') owed.add(about);
        if (what === 'forget') queue.forget(about);
        if (what === 'take' && queue.depth > 0) await take();
        if (what === 'done') queue.done(working.shift() ?? 'nobody');
        if (what === 'pass') await clock.advance(time);
      }
      for (let round = 0; round < 20; round++) {
        while (working.length > 0) queue.done(working.shift() ?? '');
        await clock.advance(600_000);
        while (queue.depth > 0) await take();
      }
      expect(owed).toEqual(new Set());
    }),
    { numRuns: 60 },
  );
});
