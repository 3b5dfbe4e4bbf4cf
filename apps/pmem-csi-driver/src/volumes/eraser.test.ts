import { expect, test } from '@jest/globals';
import { type LogFields, type Logger, ManualClock, silentLogger } from '@rackwright/core';
import { Eraser } from './eraser.ts';

test('two volumes are overwritten at a time, and one that takes no time waits for none', async () => {
  const eraser = new Eraser({ clock: new ManualClock(), logger: silentLogger, signal: AbortSignal.any([]) });
  const begun: string[] = [];
  const gates = new Map<string, PromiseWithResolvers<void>>();
  const begin = (id: string, bytes: bigint): Promise<void> => {
    const gate = Promise.withResolvers<void>();
    gates.set(id, gate);
    return eraser.begin({
      ...{ id, bytes },
      remove: async (progress) => {
        begun.push(id);
        progress(1n);
        await gate.promise;
      },
    });
  };
  const [first] = [begin('a', 10n), begin('b', 10n), begin('c', 10n)];
  void begin('d', 0n);
  expect(begun).toEqual(['a', 'b', 'd']);
  expect(eraser.pending).toEqual({ volumes: 4, bytes: 9n + 9n + 10n });
  gates.get('a')?.resolve();
  await first;
  expect(begun).toEqual(['a', 'b', 'd', 'c']);
  expect(eraser.pending).toEqual({ volumes: 3, bytes: 18n });
});

test('how far a volume is overwritten is logged every 30 s', async () => {
  const clock = new ManualClock();
  const lines: (LogFields | undefined)[] = [];
  const logger: Logger = { ...silentLogger, info: (_, fields) => lines.push(fields) };
  const eraser = new Eraser({ clock, logger, signal: AbortSignal.any([]) });
  await eraser.begin({
    ...{ id: 'a', bytes: 200n },
    remove: async (progress) => {
      for (let done = 10n; done <= 200n; done += 10n) {
        await clock.advance(10_000);
        progress(done);
      }
    },
  });
  expect(lines.map((fields) => fields?.percent)).toEqual([15, 30, 45, 60, 75, 90]);
});
