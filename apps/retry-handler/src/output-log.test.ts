import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import { expect, test } from '@jest/globals';
import { type Logger, ManualClock, silentLogger } from '@rackwright/core';
import { OutputLog } from './output-log.ts';

interface Recorded {
  readonly lines: string[];
  readonly dropped: unknown[];
  readonly output: OutputLog;
  readonly clock: ManualClock;
}

function record(): Recorded {
  const lines: string[] = [];
  const dropped: unknown[] = [];
  const clock = new ManualClock();
  const logger: Logger = {
    ...silentLogger,
    info: (message) => void lines.push(message),
    warn: (_, fields) => void dropped.push(fields?.lines),
  };
  return { lines, dropped, clock, output: new OutputLog(logger, clock) };
}

async function write(output: OutputLog, ...chunks: (string | Buffer)[]): Promise<void> {
  const stream = new PassThrough();
  output.follow(stream);
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  await finished(stream);
}

test('lines are put together from pieces, characters too, and empty ones left out', async () => {
  const { lines, output } = record();
  const euro = Buffer.from('3 €\n');
  await write(output, 'fir', 'st\n\n  \nsecond\r\n', euro.subarray(0, 3), euro.subarray(3), 'no newline');
  expect(lines).toEqual(['first', 'second', '3 €', 'no newline']);
  expect(output.lastLine).toBe('no newline');
});

test('two streams do not mix', async () => {
  const { lines, output } = record();
  const [out, err] = [new PassThrough(), new PassThrough()];
  for (const stream of [out, err]) output.follow(stream);
  out.write('a');
  err.write('b\n');
  out.write('c\n');
  out.end();
  err.end();
  await Promise.all([finished(out), finished(err)]);
  expect(lines.sort()).toEqual(['ac', 'b']);
});

test('a line without end is cut', async () => {
  const { lines, output } = record();
  await write(output, ...Array.from({ length: 100 }, () => 'x'.repeat(10_000)), '\nshort\n');
  expect(lines.map((line) => line.length)).toEqual([1024, 5]);
});

test('a flood is cut to a hundred lines a second and counted', async () => {
  const { lines, dropped, output, clock } = record();
  await write(output, 'flood\n'.repeat(1000));
  expect(lines).toHaveLength(100);
  expect(dropped).toEqual([900]);
  await clock.advance(1000);
  await write(output, 'calm\n');
  expect(lines.at(-1)).toBe('calm');
});
