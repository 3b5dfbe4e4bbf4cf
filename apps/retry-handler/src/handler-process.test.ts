import { expect, test } from '@jest/globals';
import { ManualClock } from '@rackwright/core';
import { UnreadableError } from '@rackwright/host';
import { AdoptedHandler } from './handler-process.ts';
import type { ProcessTable } from './proc.ts';

test('a handler that was taken over is not taken for ended while /proc cannot be read', async () => {
  const clock = new ManualClock();
  let ticks: () => number | undefined = () => 900;
  const table: ProcessTable = { startTicks: () => ticks(), commandLine: () => [] };
  const handler = new AdoptedHandler(
    { pid: 77, startTicks: 900 },
    table,
    clock,
    new AbortController().signal,
  );
  let ended = false;
  void handler.ended.then(() => {
    ended = true;
  });
  ticks = () => {
    throw new UnreadableError('/proc/77/stat', Object.assign(new Error('EMFILE'), { code: 'EMFILE' }));
  };
  await clock.advance(10_000);
  expect(ended).toBe(false);
  ticks = () => undefined;
  await clock.advance(250);
  expect(await handler.ended).toMatchObject({ code: null, signal: null });
});
