import { expect, test } from '@jest/globals';
import { parseHistory } from './history-file.ts';
import { type RecoveryReport, recoveryStatus } from './report.ts';

const nowMs = Date.UTC(2026, 0, 1);
const idle: RecoveryReport = { inProgress: false, history: {}, actions: [], bootId: '' };

test('a node where nothing was ever done says so', () => {
  expect(recoveryStatus(idle, [], nowMs)).toEqual({ inProgress: false, attempts: 0, quarantinedSerials: [] });
});

test('of several drives that is told to which something was last done, and when it may be tried again', () => {
  const older = {
    attempts: 4,
    nextAttemptMs: nowMs + 1,
    lastAction: 'Rescan',
    lastResult: 'Failed',
  } as const;
  const newer = { attempts: 2, nextAttemptMs: nowMs + 60_000, lastAction: 'ControllerReset' } as const;
  const history = {
    S1: { ...older, lastMs: nowMs - 2, resets: [] },
    S2: { ...newer, lastResult: 'Succeeded', lastMs: nowMs - 1, resets: [nowMs - 1] },
    // As older releases wrote it.
    S3: { ...older, resets: [] },
  } as const;
  expect(recoveryStatus({ ...idle, inProgress: true, history, bootId: 'b' }, ['S9'], nowMs)).toEqual({
    inProgress: true,
    lastAction: 'ControllerReset',
    lastResult: 'Succeeded',
    attempts: 2,
    nextAttemptTime: '2026-01-01T00:01:00.000Z',
    quarantinedSerials: ['S9'],
    bootID: 'b',
  });
});

test('a time that has passed is not told, nor more serial numbers than an AidaptivCacheNode holds', () => {
  const history = { S1: { attempts: 1, nextAttemptMs: nowMs, lastMs: nowMs, resets: [] } };
  const many = Array.from({ length: 200 }, (_, i) => `S${i}`);
  const status = recoveryStatus({ ...idle, history }, many, nowMs);
  expect(status).not.toHaveProperty('nextAttemptTime');
  expect(status.quarantinedSerials).toHaveLength(100);
});

test('a history of an older release is read, and one with a time that is none is not', () => {
  const of = (one: object): string =>
    JSON.stringify({
      schemaVersion: 1,
      bootId: 'b',
      history: { S1: { attempts: 1, nextAttemptMs: 2, resets: [], ...one } },
    });
  expect(parseHistory(of({}), 'b')).toHaveProperty('S1');
  expect(parseHistory(of({ lastMs: 3 }), 'b')).toHaveProperty('S1.lastMs', 3);
  expect(parseHistory(of({ lastMs: 'soon' }), 'b')).toEqual({});
});
