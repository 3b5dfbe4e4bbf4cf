import { expect, test } from '@jest/globals';
import { Latest, ManualClock, silentLogger } from '@rackwright/core';
import { CdiFile } from './file.ts';
import { keepUpdated } from './publisher.ts';

test('a change is written at once, one that comes while writing thereafter, and nothing once it has ended', async () => {
  const changes = new Latest(0);
  const clock = new ManualClock();
  const stop = new AbortController();
  const finishes: (() => void)[] = [];
  let writing = 0;
  const update = async (): Promise<void> => {
    writing += 1;
    const { promise, resolve } = Promise.withResolvers<void>();
    finishes.push(resolve);
    await promise;
    writing -= 1;
  };
  const options = {
    changes,
    clock,
    logger: silentLogger,
    file: new CdiFile('/none'),
    build: () => undefined,
  };
  const ended = keepUpdated({ update }, options, stop.signal);
  changes.set(1);
  finishes[0]?.();
  await clock.advance(0);
  expect(finishes).toHaveLength(2);
  finishes[1]?.();
  await clock.advance(0);
  changes.set(2);
  await clock.advance(0);
  expect(finishes).toHaveLength(3);
  changes.set(3);
  stop.abort();
  finishes[2]?.();
  await ended;
  expect([finishes.length, writing]).toEqual([3, 0]);
});
