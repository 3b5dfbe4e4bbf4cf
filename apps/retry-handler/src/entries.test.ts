import { expect, test } from '@jest/globals';
import { formatRetryHandlerState, parseRetryHandlerState } from '@rackwright/hardware-cxi';
import { handlersCheck } from './checks.ts';
import { handlerEntries } from './entries.ts';
import { exitCause } from './metrics.ts';
import type { HandlerRecord, Phase } from './model.ts';
import { status } from './status.ts';

const wall = Date.UTC(2026, 0, 2, 3, 4, 5);
const process = { pid: 7, startTicks: 99 };

function record(device: string, phase: Phase, more: Partial<HandlerRecord> = {}): HandlerRecord {
  return {
    device,
    phase,
    since: { mono: 0, wall },
    restarts: 0,
    failures: 0,
    rebootRequired: false,
    ...more,
  };
}

const records = [
  record('cxi0', { kind: 'running', process, eq: 4 }, { restarts: 2, startedAt: { mono: 0, wall } }),
  record('cxi1', { kind: 'external' }),
  record(
    'cxi2',
    { kind: 'failed' },
    {
      rebootRequired: true,
      lastError: 'it died',
      lastExit: { code: null, signal: 'SIGSEGV', atWall: wall },
    },
  ),
];

test('what is written is what other agents read', () => {
  const at = new Date(wall).toISOString();
  const handlers = handlerEntries(records, '/etc/c.conf');
  const text = formatRetryHandlerState({ version: 1, updatedAt: at, onCrash: 'restart', handlers });
  expect(parseRetryHandlerState(text)).toEqual({
    ok: true,
    value: {
      version: 1,
      updatedAt: at,
      onCrash: 'restart',
      handlers: [
        {
          device: 'cxi0',
          state: 'Running',
          pid: 7,
          startTicks: 99,
          restarts: 2,
          since: at,
          rebootRequired: false,
          configFile: '/etc/c.conf',
        },
        {
          device: 'cxi1',
          state: 'External',
          restarts: 0,
          since: at,
          rebootRequired: false,
          configFile: '/etc/c.conf',
        },
        {
          device: 'cxi2',
          state: 'Failed',
          restarts: 0,
          since: at,
          rebootRequired: true,
          lastExit: { code: null, signal: 'SIGSEGV', at },
          configFile: '/etc/c.conf',
        },
      ],
    },
  });
});

test('a status has the fields older readers know, and more', () => {
  expect(status(records, new Map([['cxi0', { nacks: 3 }]]))).toEqual({
    healthy: false,
    handlers: [
      {
        device: 'cxi0',
        running: true,
        pid: 7,
        restarts: 2,
        state: 'Running',
        startedAt: '2026-01-02T03:04:05.000Z',
        rebootRequired: false,
        stats: { nacks: 3 },
      },
      { device: 'cxi1', running: true, pid: 0, restarts: 0, state: 'External', rebootRequired: false },
      {
        device: 'cxi2',
        running: false,
        pid: 0,
        restarts: 0,
        state: 'Failed',
        lastError: 'it died',
        rebootRequired: true,
      },
    ],
  });
});

test.each([
  ['launching', 'Starting'],
  ['stopping', 'Stopped'],
  ['ended', 'Backoff'],
  ['waiting', 'Backoff'],
] as const)('a handler that is %s is not ready and shown as %s', (kind, state) => {
  const phase = { kind, process, registered: false, ranMs: 0 } as Phase;
  expect(handlersCheck([record('cxi0', phase)])).toEqual({ ok: false, message: `cxi0 ${state}` });
});

test('ready is a node whose NICs are all served, or that has none', () => {
  expect(handlersCheck(records.slice(0, 2))).toEqual({ ok: true, message: '2 NICs served' });
  expect(handlersCheck([])).toMatchObject({ ok: true });
  expect(handlersCheck(records)).toEqual({ ok: false, message: 'cxi2 Failed (it died)' });
});

test.each([
  [{ code: 0, signal: null }, true, 'stopped'],
  [{ code: null, signal: 'SIGKILL' }, true, 'stopped'],
  [{ code: 0, signal: null }, false, 'clean'],
  [{ code: 1, signal: null }, false, 'error'],
  [{ code: null, signal: 'SIGSEGV' }, false, 'signal'],
  [{ code: null, signal: null }, false, 'unseen'],
] as const)('the end %j, expected %s, is counted as %s', (exit, expected, cause) => {
  expect(exitCause({ ...exit, atWall: 0 }, expected)).toBe(cause);
});
