import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { type LogOptions, readLog } from './log-reader.ts';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rwlog-'));
  file = join(folder, '0.log');
  await writeFile(
    file,
    [
      '2026-01-01T00:00:01Z stdout F one',
      '2026-01-01T00:00:02Z stderr P two ',
      '2026-01-01T00:00:03Z stderr F halves',
      '',
    ].join('\n'),
  );
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const plain: LogOptions = { follow: false, timestamps: false };

async function read(options: Partial<LogOptions>, ended = (): boolean => true): Promise<string> {
  const signal = new AbortController().signal;
  let text = '';
  for await (const part of readLog(file, { ...plain, ...options }, systemClock, ended, signal)) text += part;
  return text;
}

test.each([
  ['the whole log, parts of a line put together', {}, 'one\ntwo halves\n'],
  [
    'with times',
    { timestamps: true },
    '2026-01-01T00:00:01Z one\n2026-01-01T00:00:02Z two 2026-01-01T00:00:03Z halves\n',
  ],
  ['the last lines', { tailLines: 1 }, 'halves\n'],
  ['no line', { tailLines: 0 }, ''],
  ['the first bytes', { limitBytes: 5 }, 'one\nt'],
  ['from a time on', { since: Date.parse('2026-01-01T00:00:03Z') }, 'halves\n'],
])('%s', async (_, options, text) => expect(await read(options)).toBe(text));

test('following goes on until the container has ended', async () => {
  let looks = 0;
  const text = await read({ follow: true, tailLines: 0 }, () => {
    looks += 1;
    if (looks === 2) appendFile(file, '2026-01-01T00:00:04Z stdout F later\n').catch(() => undefined);
    return looks > 4;
  });
  expect(text).toBe('later\n');
});

test('following ends when nobody listens any more', async () => {
  const stop = new AbortController();
  const parts: string[] = [];
  for await (const part of readLog(file, { ...plain, follow: true }, systemClock, () => false, stop.signal)) {
    parts.push(part);
    stop.abort();
  }
  expect(parts).toEqual(['one\ntwo halves\n']);
});
