import { describe, expect, test } from '@jest/globals';
import type { CrashPolicy, HandlerRecord, Instant, NicView, Phase } from './model.ts';
import { BLIND_REGISTER_MS, KERNEL_GRACE_MS, nextDue, plan, restartDelay, STABLE_MS } from './plan.ts';

const at = (mono: number): Instant => ({ mono, wall: mono });
const process = { pid: 7, startTicks: 1 };
const mark: CrashPolicy = { onCrash: 'markUnhealthy', maxRestarts: 3 };
const restart: CrashPolicy = { onCrash: 'restart', maxRestarts: 3 };
const crash: Phase = {
  kind: 'ended',
  registered: true,
  eq: 5,
  ranMs: 60_000,
  exit: { code: null, signal: 'SIGKILL', atWall: 0 },
};

function nic(eq: number | 'untold' = 0, more: Partial<NicView> = {}): NicView {
  return {
    name: 'cxi0',
    kind: 'pf',
    devNode: { path: '/dev/cxi0', present: true },
    ...(eq === 'untold' ? {} : { retryHandlerEq: eq }),
    ...more,
  };
}

function record(phase: Phase, more: Partial<HandlerRecord> = {}): HandlerRecord {
  return { device: 'cxi0', phase, since: at(0), restarts: 0, failures: 0, rebootRequired: false, ...more };
}

function step(nics: readonly NicView[], phase?: Phase | HandlerRecord, now = 0, policy = mark): unknown {
  const known = phase === undefined ? [] : ['kind' in phase ? record(phase) : phase];
  const [action] = plan({ devices: nics, records: known, policy, now });
  return action === undefined ? undefined : { ...action, device: undefined };
}

describe('a NIC nothing was done for yet', () => {
  test('gets a handler', () => expect(step([nic()])).toEqual({ type: 'start' }));
  test('keeps the handler somebody else gave it', () =>
    expect(step([nic(4)])).toEqual({ type: 'adopt', rebootRequired: false }));
  test('gets none if it is a virtual function', () => expect(step([nic(0, { kind: 'vf' })])).toBeUndefined());
  test('waits for its device node', () =>
    expect(step([nic(0, { devNode: { path: '/dev/cxi0', present: false } })])).toMatchObject({
      type: 'wait',
    }));
  test('gets one although the driver does not tell whether there is one: cxi_rh finds out', () =>
    expect(step([nic('untold')])).toEqual({ type: 'start' }));
});

describe('a handler that was started', () => {
  test('counts once the NIC names its event queue', () => {
    expect(step([nic()], { kind: 'starting', process })).toBeUndefined();
    expect(step([nic(9)], { kind: 'starting', process })).toEqual({ type: 'register', eq: 9 });
  });
  test('counts after a while where the NIC does not tell', () => {
    expect(step([nic('untold')], { kind: 'starting', process }, BLIND_REGISTER_MS - 1)).toBeUndefined();
    expect(step([nic('untold')], { kind: 'starting', process }, BLIND_REGISTER_MS)).toEqual({
      type: 'register',
    });
  });
  test('is stopped when its NIC goes away or turns out virtual', () => {
    expect(step([], { kind: 'running', process })).toEqual({ type: 'stop' });
    expect(step([nic(1, { kind: 'vf' })], { kind: 'starting', process })).toEqual({ type: 'stop' });
  });
  test('is forgiven its past after ten stable minutes', () => {
    const shaky = record({ kind: 'running', process }, { failures: 2 });
    expect(step([nic(1)], shaky, STABLE_MS - 1)).toBeUndefined();
    expect(step([nic(1)], shaky, STABLE_MS)).toEqual({ type: 'settle' });
  });
});

describe('a handler that died after it had registered', () => {
  test('is not replaced: the node needs a reboot', () =>
    expect(step([nic()], crash)).toMatchObject({ type: 'fail' }));
  test('is replaced after a growing wait if the policy says so', () => {
    const delays = [1, 2, 3].map((failures) => step([nic()], record(crash, { failures }), 0, restart));
    expect(delays).toEqual([1000, 2000, 4000].map((delayMs) => ({ type: 'backOff', delayMs })));
  });
  test('is given up on after the allowed number of crashes in a row', () =>
    expect(step([nic()], record(crash, { failures: 4 }), 0, restart)).toMatchObject({
      type: 'fail',
      reason: 'the retry handler died 4 times in a row',
    }));
  test('is never given up on without a limit', () =>
    expect(step([nic()], record(crash, { failures: 400 }), 0, { ...restart, maxRestarts: 0 })).toEqual({
      type: 'backOff',
      delayMs: 60_000,
    }));
  test('holds the NIC until the kernel has cleaned up', () => {
    expect(step([nic(5)], crash, KERNEL_GRACE_MS - 1)).toBeUndefined();
  });
  test('marks the NIC even if somebody else took over', () =>
    expect(step([nic(6)], crash, KERNEL_GRACE_MS)).toEqual({ type: 'adopt', rebootRequired: true }));
});

describe('a handler that ended otherwise', () => {
  const early: Phase = {
    kind: 'ended',
    registered: false,
    ranMs: 30,
    exit: { code: 1, signal: null, atWall: 0 },
  };
  const clean: Phase = { ...crash, exit: { code: 0, signal: null, atWall: 0 } };
  test('without ever registering is tried again, whatever the policy', () => {
    expect(step([nic()], record(early, { failures: 40 }))).toEqual({ type: 'backOff', delayMs: 60_000 });
  });
  test('after handing the NIC back is started again', () =>
    expect(step([nic()], clean)).toMatchObject({ type: 'backOff' }));
  test('because the NIC was taken means that it is somebody else’s', () => {
    const taken: Phase = {
      kind: 'ended',
      registered: true,
      eq: 8,
      ranMs: 30,
      exit: { code: 1, signal: null, atWall: 0 },
    };
    expect(step([nic(8)], taken, KERNEL_GRACE_MS)).toEqual({ type: 'adopt', rebootRequired: false });
  });
});

describe('waiting states', () => {
  test('somebody else’s handler that goes away leaves time for its successor', () => {
    expect(step([nic(3)], { kind: 'external' })).toBeUndefined();
    expect(step([nic('untold')], { kind: 'external' })).toBeUndefined();
    expect(step([nic(0)], { kind: 'external' })).toEqual({ type: 'backOff', delayMs: 2000 });
  });
  test('somebody else’s handler does not undo the mark of a NIC whose handler died', () => {
    const marked = record({ kind: 'external' }, { rebootRequired: true });
    expect(step([nic(0)], marked)).toMatchObject({ type: 'fail' });
  });
  test('a wait ends with a start, or early with somebody else’s handler', () => {
    const wait: Phase = { kind: 'backoff', untilMono: 500 };
    expect(step([nic()], wait, 499)).toBeUndefined();
    expect(step([nic()], wait, 500)).toEqual({ type: 'start' });
    expect(step([nic(2)], wait, 100)).toEqual({ type: 'adopt', rebootRequired: false });
  });
  test('a failed NIC stays so until somebody serves it, and keeps its mark', () => {
    const failed = record({ kind: 'failed' }, { rebootRequired: true });
    expect(step([nic()], failed, 1e9)).toBeUndefined();
    expect(step([nic(2)], failed)).toEqual({ type: 'adopt', rebootRequired: true });
  });
  test('a NIC that is gone is forgotten once nothing runs for it', () => {
    for (const kind of ['external', 'failed', 'stopped', 'waiting'] as const) {
      expect(step([], { kind })).toEqual({ type: 'forget' });
    }
    expect(step([], { kind: 'stopping', process })).toBeUndefined();
    expect(step([], { kind: 'launching' })).toBeUndefined();
  });
});

test('waits double from one second to one minute', () => {
  expect([0, 1, 2, 3, 7, 99].map(restartDelay)).toEqual([1000, 1000, 2000, 4000, 60_000, 60_000]);
});

test('the plan knows when it may change by itself', () => {
  expect(nextDue([record({ kind: 'running', process }), record({ kind: 'failed' })])).toBeUndefined();
  expect(nextDue([record({ kind: 'backoff', untilMono: 900 }), record(crash)])).toBe(900);
  expect(nextDue([record({ kind: 'running', process }, { failures: 1 })])).toBe(STABLE_MS);
});
