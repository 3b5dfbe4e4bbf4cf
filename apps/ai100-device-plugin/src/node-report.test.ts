import { expect, test } from '@jest/globals';
import type { AidaptivCacheNodeStatus } from '@rackwright/api';
import { HwError, ManualClock, silentLogger } from '@rackwright/core';
import type { EventNote } from '@rackwright/kube';
import { NodeReport, type NodeReportOptions, permissionOf } from './node-report.ts';

const signal = new AbortController().signal;
const status: AidaptivCacheNodeStatus = {
  devices: [{ serial: 'A', eligible: true, smart: { temperatureCelsius: 45 } }],
  cache: { state: 'Ready', usedBytes: 1 },
};
const warmer: AidaptivCacheNodeStatus = {
  devices: [{ serial: 'A', eligible: true, smart: { temperatureCelsius: 46 } }],
  cache: { state: 'Ready', usedBytes: 2 },
};

/** A report whose API server takes everything, or nothing, and tells of it. */
function report() {
  const applied: string[] = [];
  const notes: [string, EventNote][] = [];
  const clock = new ManualClock();
  let failure: Error | undefined;
  let annotations: Record<string, string> = {};
  const client = {
    get: async () => {
      if (failure !== undefined) throw failure;
      return { metadata: { name: 'node-1', uid: 'UID', annotations } };
    },
    apply: async (
      _: unknown,
      body: { status?: { heartbeatTime?: string }; metadata?: { ownerReferences?: unknown } },
    ) => {
      if (failure !== undefined) throw failure;
      applied.push(body.status === undefined ? JSON.stringify(body.metadata) : 'status');
      return body;
    },
  } as unknown as NodeReportOptions['client'];
  const recorder: NodeReportOptions['recorder'] = {
    emit: (about, note) => void notes.push([about.uid ?? '', note]),
  };
  return {
    ...{ applied, notes, clock },
    report: new NodeReport({ node: 'node-1', client, recorder, clock, logger: silentLogger }),
    fail: (error?: Error): void => {
      failure = error;
    },
    annotate: (all: Record<string, string>): void => {
      annotations = all;
    },
  };
}

test('the object gets its Node as its owner first, and then its status', async () => {
  const { report: it, applied } = report();
  await it.permission(signal);
  await it.write(status, signal);
  expect(applied).toEqual([
    '{"name":"node-1","ownerReferences":[{"apiVersion":"v1","kind":"Node","name":"node-1","uid":"UID"}]}',
    'status',
  ]);
});

test('a status is written when it changes, every five minutes, and not because a drive is a degree warmer', async () => {
  const { report: it, applied, clock } = report();
  await it.write(status, signal);
  await it.write(warmer, signal);
  expect(applied).toHaveLength(1);
  await it.write({ ...warmer, cache: { state: 'Lost' } }, signal);
  expect(applied).toHaveLength(2);
  await clock.advance(300_000);
  await it.write({ ...warmer, cache: { state: 'Lost' } }, signal);
  expect(applied).toHaveLength(3);
});

test('what the API server does not take is said, and written with the next look', async () => {
  const { report: it, applied, fail } = report();
  fail(new HwError('Unavailable', 'no way to the API server'));
  await it.write(status, signal);
  expect(it.failure.value).toBe('no way to the API server');
  expect(it.conditions).toEqual([]);
  fail();
  await it.write(status, signal);
  expect([it.failure.value, applied]).toEqual([undefined, ['status']]);
});

test('events are about the Node by its UID, and kept back until that is known', async () => {
  const { report: it, notes } = report();
  const note: EventNote = { type: 'Warning', reason: 'CacheFull', message: 'full' };
  it.emit(note);
  await it.permission(signal);
  it.emit(note);
  expect(notes).toEqual([['UID', note]]);
});

test('before the Node was read nothing is allowed; what it said counts on while it cannot be read', async () => {
  const { report: it, fail, annotate } = report();
  fail(new HwError('Unavailable', 'away'));
  expect(await it.permission(signal)).toEqual({ maintenance: true, allowInit: [], clearQuarantine: [] });
  fail();
  annotate({ 'phison.com/ai100-allow-init': 'A, B,' });
  expect(await it.permission(signal)).toMatchObject({ maintenance: false, allowInit: ['A', 'B'] });
  fail(new HwError('Unavailable', 'away'));
  expect(await it.permission(signal)).toMatchObject({ maintenance: false, allowInit: ['A', 'B'] });
});

test.each([
  [{ 'phison.com/ai100-maintenance': 'true' }, { maintenance: true }],
  [{ 'phison.com/ai100-maintenance': 'yes' }, { maintenance: false }],
  [{ 'phison.com/ai100-teardown': 'confirm-abc-DEF' }, { teardown: 'abc-DEF' }],
  [{ 'phison.com/ai100-clear-quarantine': ' A ,,B' }, { clearQuarantine: ['A', 'B'] }],
])('annotations %j', (annotations, expected) => {
  expect(permissionOf({ metadata: { annotations } })).toMatchObject(expected);
});

test.each(['abc', 'confirm-', 'confirm-a b'])('the teardown %j confirms nothing', (value) => {
  expect(
    permissionOf({ metadata: { annotations: { 'phison.com/ai100-teardown': value } } }),
  ).not.toHaveProperty('teardown');
});
