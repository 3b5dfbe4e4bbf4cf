import { expect, test } from '@jest/globals';
import type { DebounceState } from './debounce.ts';
import type { CxiDevice } from './device.ts';
import { evaluateNode, type NodeHealth, type NodeObservations } from './node-health.ts';

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
    const evaluated = evaluateNode(observations({ now, devices: [device({ linkState })] }), states);
    states = evaluated.states;
    seen.push(`${now} ${evaluated.verdicts[0]?.health.reason} due ${evaluated.dueAt}`);
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

test('a NIC that is pulled out is forgotten: put in again, it starts afresh', () => {
  const down = evaluateNode(observations({ devices: [device({ linkState: 'down' })] }), new Map());
  const gone = evaluateNode(observations({ devices: [], now: 10 }), down.states);
  expect(gone.states.size).toBe(0);
  const back = evaluateNode(observations({ now: 20 }), gone.states);
  expect(back.verdicts[0]?.health.reason).toBe('Healthy');
});

test('a NIC that was put back into service counts at once, and one that flapped meanwhile when it is steady', () => {
  const outOfService = new Set(['cxi0']);
  const devices = [device({ linkState: 'down' })];
  const reason = ({ verdicts }: NodeHealth): string | undefined => verdicts[0]?.health.reason;
  const out = evaluateNode(observations({ outOfService }), new Map());
  expect(reason(out)).toBe('OutOfService');
  expect(reason(evaluateNode(observations({ now: 1 }), out.states))).toBe('Healthy');
  const flap = evaluateNode(observations({ outOfService, devices, now: 1 }), out.states);
  const back = evaluateNode(observations({ now: 2 }), flap.states);
  expect([reason(flap), reason(back)]).toEqual(['OutOfService', 'Settling']);
  expect(reason(evaluateNode(observations({ now: 1002 }), back.states))).toBe('Healthy');
});

test('a degraded NIC is no news for pods: it is not waited for', () => {
  const entry = { device: 'cxi0', state: 'Failed', restarts: 3, since: '', rebootRequired: false } as const;
  const degraded = evaluateNode(observations({ retryHandlers: new Map([['cxi0', entry]]) }), new Map());
  expect(degraded.verdicts[0]?.health.status).toBe('Degraded');
  expect(evaluateNode(observations({ now: 1 }), degraded.states).verdicts[0]?.health.status).toBe('Healthy');
});
