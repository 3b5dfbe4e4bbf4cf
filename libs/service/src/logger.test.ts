import { expect, test } from '@jest/globals';
import { ManualClock } from '@rackwright/core';
import { createLogger, type LogLevel, logLevels } from './logger.ts';

function logged(level: LogLevel): { lines: string[]; logger: ReturnType<typeof createLogger> } {
  const lines: string[] = [];
  const logger = createLogger({
    app: 'test-app',
    level,
    clock: new ManualClock(Date.UTC(2026, 0, 2, 3, 4, 5, 6)),
    write: (line) => lines.push(line),
  });
  return { lines, logger };
}

test('a line is one JSON object with its four stable keys first', () => {
  const { lines, logger } = logged('info');
  logger.info('device added', { device: 'cxi0', count: 0, odd: undefined });
  expect(lines).toEqual([
    '{"ts":"2026-01-02T03:04:05.006Z","level":"info","msg":"device added","app":"test-app","device":"cxi0","count":0}\n',
  ]);
});

test('a field cannot take the place of a stable key', () => {
  const { lines, logger } = logged('info');
  logger.info('x', { level: 'fake', msg: 'fake', ts: 0, app: 'fake', message: 'kept' });
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    ts: '2026-01-02T03:04:05.006Z',
    level: 'info',
    msg: 'x',
    app: 'test-app',
    _level: 'fake',
    _msg: 'fake',
    _ts: 0,
    _app: 'fake',
    message: 'kept',
  });
});

test('a child adds its fields to every line; the line itself wins', () => {
  const { lines, logger } = logged('debug');
  const child = logger.child({ device: 'cxi0', part: 'scan' }).child({ part: 'probe' });
  child.debug('a', { device: 'cxi1' });
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ device: 'cxi1', part: 'probe' });
});

test('secrets do not reach the log', () => {
  const { lines, logger } = logged('info');
  logger.error('Bearer abcdefghijkl refused', {
    token: 'abcdefghijkl',
    error: new Error('Bearer abcdefghijkl'),
  });
  expect(lines.join('')).not.toContain('abcdefghijkl');
});

test.each(logLevels)('at level %s the less important lines are dropped', (level) => {
  const { lines, logger } = logged(level);
  for (const each of logLevels) logger[each]('x');
  const seen = lines.map((line) => JSON.parse(line).level);
  expect(seen).toEqual(logLevels.slice(0, logLevels.indexOf(level) + 1));
});
