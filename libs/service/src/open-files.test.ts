import { expect, test } from '@jest/globals';
import { connectionLimits } from './connection-guard.ts';
import { openFilesLimit, parseOpenFiles } from './open-files.ts';

test('the soft limit of open files is read', () => {
  const line = 'Max open files            1024                 524288               files     \n';
  expect(parseOpenFiles(`Max processes 5 5 processes\n${line}`)).toBe(1024);
  expect(parseOpenFiles('nothing')).toBe(1024);
  expect(openFilesLimit()).toBeGreaterThan(0);
});

test.each([
  [20, 64, 32],
  [1024, 256, 128],
  [1_048_576, 1024, 128],
])('a process that may open %d files lets in at most %d connections and wants %d', (files, most, places) => {
  expect(connectionLimits(files)).toMatchObject({ most, places });
});
