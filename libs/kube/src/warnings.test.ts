import { expect, test } from '@jest/globals';
import { type Logger, silentLogger } from '@rackwright/core';
import { parseWarnings, WarningLog } from './warnings.ts';

test('warnings are read out of the header', () => {
  expect(parseWarnings('299 - "unknown field \\"spec.x\\"", 299 - "old, very old"')).toEqual([
    'unknown field "spec.x"',
    'old, very old',
  ]);
  expect(parseWarnings('nonsense')).toEqual([]);
});

test('each warning is logged once', () => {
  const lines: unknown[] = [];
  const logger: Logger = { ...silentLogger, warn: (_, fields) => void lines.push(fields?.warning) };
  const log = new WarningLog(logger);
  for (const header of [undefined, '299 - "a"', '299 - "a"', '299 - "b"']) log.note(header);
  expect(lines).toEqual(['a', 'b']);
});
