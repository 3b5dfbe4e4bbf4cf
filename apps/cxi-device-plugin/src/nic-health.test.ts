import { describe, expect, test } from '@jest/globals';
import type { CxiDevice, DebounceState } from '@rackwright/hardware-cxi';
import { type NodeObservations, nicHealth } from './nic-health.ts';

const device = (more: Partial<CxiDevice> = {}): CxiDevice => ({
  name: 'cxi0',
  index: 0,
  kind: 'pf',
  linkState: 'up',
  linkRestarts: [],
  devNode: { path: '/dev/cxi0', present: true },
  problems: [],
  ...more,
});
const observations = (more: Partial<NodeObservations> = {}): NodeObservations => ({
  devices: [device()],
  retryHandlers: new Map(),
  nodeErrors: new Map(),
  outOfService: new Set(),
  requireRetryHandler: false,
  debounceMs: 1000,
  now: 0,
  ...more,
});

describe('a verdict', () => {
  test.each<[string, Partial<NodeObservations>]>([
    ['Healthy', {}],
    ['DeviceNodeMissing', { devices: [device({ devNode: { path: '/dev/cxi0', present: false } })] }],
    ['DeviceNodeUnusable', { nodeErrors: new Map([['cxi0', 'ENXIO']]) }],
    ['PciDisabled', { devices: [device({ pciEnabled: false })] }],
    ['LinkDown', { devices: [device({ linkState: 'down' })] }],
    ['LinkUnknown', { devices: [device({ linkState: 'unknown' })] }],
    ['RetryHandlerMissing', { requireRetryHandler: true, devices: [device({ retryHandlerEq: 0 })] }],
    ['RetryHandlerUnknown', { requireRetryHandler: true }],
    ['OutOfService', { outOfService: new Set(['cxi0']) }],
    [
      'RebootRequired',
      {
        retryHandlers: new Map([
          ['cxi0', { device: 'cxi0', state: 'Failed', restarts: 0, since: '', rebootRequired: true }],
        ]),
      },
    ],
  ])('%s', (reason, more) => {
    const [nic] = nicHealth(observations(more), new Map()).nics;
    expect(nic).toMatchObject({ reason, healthy: reason === 'Healthy' });
  });

  test('a degraded NIC is given to pods, and says what needs a look', () => {
    const failed = {
      device: 'cxi0',
      state: 'Failed',
      restarts: 3,
      since: '',
      rebootRequired: false,
    } as const;
    const [nic] = nicHealth(observations({ retryHandlers: new Map([['cxi0', failed]]) }), new Map()).nics;
    expect(nic).toMatchObject({ reason: 'RetryHandlerDown', healthy: true });
  });

  test('a broken node is named with its error', () => {
    const [nic] = nicHealth(observations({ nodeErrors: new Map([['cxi0', 'ENXIO']]) }), new Map()).nics;
    expect(nic?.message).toBe('/dev/cxi0 cannot be opened: ENXIO');
  });
});

test('a flapping NIC is unhealthy from the first flap until it was well for the whole time', () => {
  let states: ReadonlyMap<string, DebounceState> = new Map();
  const seen: string[] = [];
  for (const [now, linkState] of [
    [0, 'up'],
    [100, 'down'],
    [200, 'up'],
    [900, 'down'],
    [1000, 'up'],
    [1999, 'up'],
    [2000, 'up'],
  ] as const) {
    const evaluated = nicHealth(observations({ now, devices: [device({ linkState })] }), states);
    states = evaluated.states;
    seen.push(`${now} ${evaluated.nics[0]?.reason} due ${evaluated.dueAt}`);
  }
  expect(seen).toEqual([
    '0 Healthy due undefined',
    '100 LinkDown due undefined',
    '200 Settling due 1200',
    '900 LinkDown due undefined',
    '1000 Settling due 2000',
    '1999 Settling due 2000',
    '2000 Healthy due undefined',
  ]);
});

test('a NIC that was taken out is forgotten: put in again, it starts afresh', () => {
  const down = nicHealth(observations({ devices: [device({ linkState: 'down' })] }), new Map());
  const gone = nicHealth(observations({ devices: [], now: 10 }), down.states);
  expect(gone.states.size).toBe(0);
  expect(nicHealth(observations({ now: 20 }), gone.states).nics[0]?.healthy).toBe(true);
});
