import { expect, test } from '@jest/globals';
import type { RetryHandlerEntry } from '@rackwright/hardware-cxi';
import type { CrashPolicy, HandlerRecord } from './model.ts';
import type { ProcessTable } from './proc.ts';
import { readopt } from './re-adoption.ts';

const mark: CrashPolicy = { onCrash: 'markUnhealthy', maxRestarts: 10 };
const now = { mono: 5, wall: 10 };

const entry: RetryHandlerEntry = {
  device: 'cxi0',
  state: 'Running',
  pid: 77,
  startTicks: 900,
  restarts: 4,
  since: '2026-01-01T00:00:00.000Z',
  rebootRequired: false,
};

/** One process, pid 77, started at 900, with these arguments. */
function table(...words: string[]): ProcessTable {
  return {
    startTicks: (pid) => (pid === 77 ? 900 : undefined),
    commandLine: (pid) => (pid === 77 ? words : []),
  };
}

const handler = table('/usr/bin/cxi_rh', '--device=cxi0', '--log-stdout');

function take(
  change: Partial<RetryHandlerEntry>,
  processes = handler,
  policy = mark,
): HandlerRecord | undefined {
  return readopt({ entries: [{ ...entry, ...change }], policy, table: processes, now })[0];
}

test('a handler that is provably ours is watched on', () => {
  expect(take({})).toMatchObject({
    device: 'cxi0',
    phase: { kind: 'starting', process: { pid: 77, startTicks: 900 } },
    startedAt: now,
    restarts: 0,
    failures: 0,
  });
});

test.each([
  ['another process has its pid now', { startTicks: 901 }, handler],
  ['its pid runs something else', {}, table('/usr/bin/vim', 'cxi_rh.conf')],
  ['its pid serves another NIC', {}, table('/usr/bin/cxi_rh', '--device=cxi1', '--log-stdout')],
  ['nothing has its pid', { pid: 78 }, handler],
])('a handler died unseen: %s', (_, change, processes) => {
  expect(take(change, processes)?.phase).toEqual({ kind: 'ended', registered: true, ranMs: 0 });
});

test('without a start time a pid proves nothing', () => {
  const { startTicks: _, ...old } = entry;
  expect(readopt({ entries: [old], policy: mark, table: handler, now })[0]?.phase.kind).toBe('ended');
});

test('a handler that was only starting had not registered', () => {
  expect(take({ state: 'Starting' }, table())?.phase).toMatchObject({ kind: 'ended', registered: false });
});

test('a NIC that needs a reboot still does, unless handlers are to be restarted', () => {
  const failed = { state: 'Failed', rebootRequired: true } as const;
  expect(take(failed, table())).toMatchObject({ phase: { kind: 'failed' }, rebootRequired: true });
  expect(take(failed, table(), { onCrash: 'restart', maxRestarts: 10 })).toBeUndefined();
});

test.each(['Stopped', 'External', 'Backoff'] as const)('a NIC that was %s starts afresh', (state) => {
  expect(take({ state }, table())).toBeUndefined();
});

test('a handler that was being stopped and lives is taken over all the same', () => {
  expect(take({ state: 'Stopped' })?.phase.kind).toBe('starting');
});

test('the last exit is kept', () => {
  const lastExit = { code: 1, signal: null, at: '2026-01-01T00:00:01.000Z' };
  const failed = take({ state: 'Failed', rebootRequired: true, lastExit }, table());
  expect(failed?.lastExit).toEqual({ code: 1, signal: null, atWall: Date.UTC(2026, 0, 1, 0, 0, 1) });
});
