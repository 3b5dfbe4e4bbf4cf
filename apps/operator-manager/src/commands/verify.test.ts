import { describe, expect, test } from '@jest/globals';
import type { CxiDriver } from '@rackwright/api';
import { ManualClock } from '@rackwright/core';
import { storedDriver } from '../testing/fixtures.ts';
import { findingsOf, type Seen } from './cxi-findings.ts';
import { deviceFindings, readDevices } from './device-findings.ts';
import type { Look } from './findings.ts';
import { formatTable } from './table.ts';
import { verify } from './verify.ts';

function driver(status: 'True' | 'False', reason: string, observedGeneration = 1): CxiDriver {
  const lastTransitionTime = '2026-01-01T00:00:00Z';
  const ready = { type: 'Ready', status, reason, message: 'because', lastTransitionTime, observedGeneration };
  return { ...storedDriver(), status: { conditions: [ready] } };
}

const daemonSet = (desired: number, available: number, observedGeneration = 1) => ({
  metadata: { name: 'cxi-driver-agent', namespace: 'slingshot-system', generation: 1 },
  status: { observedGeneration, desiredNumberScheduled: desired, numberAvailable: available },
});

const good: Seen = {
  self: { namespace: 'slingshot-system', account: 'operator' },
  served: ['cxidrivers', 'cxidevices'],
  crds: [],
  drivers: [driver('True', 'Ready')],
  daemonSets: [daemonSet(2, 2)],
};

const bad = (installation: Seen) => findingsOf(installation).filter(({ ok }) => !ok);

test('an installation in order has nothing to complain of', () => expect(bad(good)).toEqual([]));

describe('it is not in order', () => {
  test.each<[string, Partial<Seen>, string, string]>([
    ['without the CRDs', { served: [] }, 'cxidrivers.cxi.hpe.com', 'apply the CRDs'],
    ['with CRDs of an older version', { crds: ['spec.a is missing'] }, 'CRDs', 'spec.a is missing'],
    [
      'when a driver is not ready',
      { drivers: [driver('False', 'NodesFailed')] },
      'CXIDriver cxi',
      'NodesFailed: because',
    ],
    [
      'when nobody looked at a driver',
      { drivers: [storedDriver()] },
      'CXIDriver cxi',
      'has not looked at it',
    ],
    [
      'when a spec is newer than its status',
      { drivers: [driver('True', 'Ready', 0)] },
      'CXIDriver cxi',
      'newest spec',
    ],
    [
      'when a pod is missing',
      { daemonSets: [daemonSet(2, 1)] },
      'DaemonSet cxi-driver-agent',
      '1 of 2 pods ready',
    ],
    [
      'when a DaemonSet is new',
      { daemonSets: [daemonSet(2, 2, 0)] },
      'DaemonSet cxi-driver-agent',
      'not seen',
    ],
  ])('%s', (_, change, what, message) => {
    const [first] = bad({ ...good, ...change });
    expect(first).toMatchObject({ what, message: expect.stringContaining(message) });
  });
});

const bad0 = (name: string, status: 'Degraded' | 'Unhealthy', message: string) => ({
  metadata: { name },
  status: { type: 'pf' as const, node: 'n1', health: { status, reason: 'LinkDown', message } },
});

describe('a NIC that is out', () => {
  const out = bad0('n1-cxi0', 'Unhealthy', 'the link is down');

  test('is named with its node and why, and nothing is in order', () =>
    expect(bad({ ...good, devices: { total: 8, bad: [out] } })).toEqual([
      { what: 'CXIDevice n1-cxi0', ok: false, message: 'on node n1: Unhealthy, LinkDown: the link is down' },
    ]));
  test('is one line of many at most', () => {
    const many = Array.from({ length: 30 }, (_, i) => bad0(`n1-cxi${i}`, 'Degraded', 'x'));
    const findings = bad({ ...good, devices: { total: 99, bad: many } });
    expect(findings).toHaveLength(21);
    expect(findings.at(-1)?.message).toBe('and 10 more');
  });
  test('is looked for in every page, and only what is read of it is kept', async () => {
    const healthy = { metadata: { name: 'n2-cxi0' }, status: { type: 'pf', health: { status: 'Healthy' } } };
    const all = [out, healthy, { metadata: { name: 'n3-cxi0' } }];
    const list = async (_: unknown, { trim }: { trim(one: unknown): unknown }) => ({ items: all.map(trim) });
    const devices = await readDevices({ list } as never, new AbortController().signal);
    expect(devices.total).toBe(3);
    expect(deviceFindings(devices).map(({ message }) => message)).toEqual([
      'on node n1: Unhealthy, LinkDown: the link is down',
      'on node unknown: Unknown',
    ]);
  });
  test('is none among NICs that are all well', () =>
    expect(deviceFindings({ total: 4, bad: [] })).toEqual([
      { what: 'CXIDevices', ok: true, message: 'all 4 Healthy' },
    ]));
});

describe('it is in order', () => {
  test('without any driver', () => expect(bad({ ...good, drivers: [], daemonSets: [] })).toEqual([]));
  test('with a driver it looks after itself, whose agents run in another namespace', () => {
    const { metadata, ...rest } = driver('True', 'Ready');
    const annotations = { 'rackwright.io/operator': 'slingshot-system/operator/uid' };
    const elsewhere = { ...daemonSet(2, 1), metadata: { name: 'a', namespace: 'elsewhere', generation: 1 } };
    const drivers = [{ ...rest, metadata: { ...metadata, annotations } }];
    expect(bad({ ...good, drivers })).toEqual([]);
    expect(bad({ ...good, drivers, daemonSets: [elsewhere] })).toMatchObject([
      { what: 'DaemonSet elsewhere/a' },
    ]);
  });
  test('with a driver that stands back for an older one', () => {
    const second = driver('False', 'AnotherCXIDriverActive');
    expect(bad({ ...good, drivers: [...good.drivers, second] })).toEqual([]);
  });
});

describe('verify', () => {
  const lookOf = (change: Partial<Seen>): Look => ({ findings: findingsOf({ ...good, ...change }) });
  const signal = new AbortController().signal;

  test('waits until everything is in order', async () => {
    const clock = new ManualClock();
    let looks = 0;
    const look = async (): Promise<Look> => {
      looks += 1;
      return lookOf(looks < 3 ? { daemonSets: [daemonSet(2, 0)] } : {});
    };
    const done = verify(look, { clock, timeoutMs: 10_000, signal });
    await clock.advance(5000);
    expect((await done).every(({ ok }) => ok)).toBe(true);
    expect(looks).toBe(3);
  });

  test('says at once that another installation looks after CXIDrivers', async () => {
    const clock = new ManualClock();
    const claim = { 'rackwright.io/operator': 'elsewhere/operator/uid' };
    const drivers = [storedDriver({}, { annotations: claim })];
    const found = await verify(async () => lookOf({ drivers }), { clock, timeoutMs: 10_000, signal });
    expect(found.find(({ ok }) => !ok)).toMatchObject({
      what: 'installation',
      message: 'installation elsewhere/operator looks after CXIDrivers; this one stands by',
    });
  });

  test('tells at once what it waits for, so that the log has it when somebody ends it', async () => {
    const clock = new ManualClock();
    const told: number[] = [];
    const waiting = (findings: readonly unknown[]): void => void told.push(findings.length);
    const options = { clock, timeoutMs: 3000, signal, waiting };
    const done = verify(async () => lookOf({ served: [] }), options);
    await clock.advance(0);
    expect(told).toEqual([4]);
    await clock.advance(3000);
    await done;
    expect(told).toEqual([4]);
  });

  test('gives up in time with what it saw last', async () => {
    const clock = new ManualClock();
    const done = verify(async () => lookOf({ served: [] }), { clock, timeoutMs: 3000, signal });
    await clock.advance(3000);
    expect((await done).filter(({ ok }) => !ok)).toHaveLength(2);
  });
});

test('the table is aligned', () => {
  const rows = [
    ['CHECK', 'OK'],
    ['a longer name', 'yes'],
    ['b', 'NO'],
  ];
  expect(formatTable(rows)).toBe('CHECK          OK\na longer name  yes\nb              NO\n');
});
