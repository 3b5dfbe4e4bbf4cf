import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { SmartLog } from '../smart/smart-log.ts';
import { goodLog, well } from '../testing/index.ts';
import { clearQuarantine, type DeviceHealth, evaluateHealth } from './evaluate.ts';
import type { Observation } from './observation.ts';
import { defaultHealthRules } from './rules.ts';
import { isAllocatable } from './state.ts';

const log: SmartLog = { ...goodLog, errorLogEntries: 77n };
const link = { gigatransfers: 16, lanes: 4 };
const good: Observation = { ...well, link, maxLink: link, smart: { kind: 'read', log } };
const smart = (changes: Partial<SmartLog>): Partial<Observation> => ({
  smart: { kind: 'read', log: { ...log, ...changes } },
});
const missed: Partial<Observation> = { smart: { kind: 'failed', message: 'nvme timed out' } };
const withoutTool: Partial<Observation> = {
  smart: { kind: 'failed', message: 'the host has no nvme', tool: 'missing' },
};
const inState = (controllerState: string): Partial<Observation> => ({
  controllerState,
  smart: { kind: 'skipped' },
});
const { sizeBytes: _, ...withoutNamespace } = good;

const pollMs = 30_000;

/** Looks one after another, a poll apart, after three good ones; what is said at the end. */
function after(looks: readonly (Partial<Observation> | Observation)[], stepMs = pollMs): DeviceHealth {
  let nowMs = 1_000_000;
  let health: DeviceHealth | undefined;
  for (const look of [good, good, good, ...looks]) {
    nowMs += stepMs;
    health = evaluateHealth(
      health,
      'present' in look ? (look as Observation) : { ...good, ...look },
      defaultHealthRules,
      nowMs,
    );
  }
  if (health === undefined) throw new Error('no look');
  return health;
}

const seen = (looks: readonly (Partial<Observation> | Observation)[], stepMs?: number): string => {
  const { state, message } = after(looks, stepMs);
  return `${state}: ${message}`;
};
const times = <T>(count: number, look: T): T[] => Array.from({ length: count }, () => look);

describe('one signal', () => {
  test.each<[string, readonly (Partial<Observation> | Observation)[], string]>([
    ['nothing', [{}], 'Healthy: nothing is wrong'],
    ['the controller is dead', [inState('dead')], 'Unhealthy: the controller is dead'],
    ['deleting', [inState('deleting (no IO)')], 'Unhealthy: the controller is deleting (no IO)'],
    [
      'the controller is gone',
      [{ present: false, readOnly: false, smart: { kind: 'skipped' } }],
      'Unhealthy: the drive is not there any more',
    ],
    ['the namespace is gone', [withoutNamespace], 'Unhealthy: the drive has no namespace'],
    ['size 0', [{ sizeBytes: 0n }], 'Unhealthy: the drive reports a size of 0'],
    ['size changed', [{ sizeBytes: 512n }], 'Unhealthy: the drive had 2000398934016 bytes and has 512 now'],
    [
      'a program that is missing is no fault of the drive',
      times(3, withoutTool),
      'Unhealthy: the SMART log could not be read 3 times in a row: the host has no nvme',
    ],
    ['read-only', [{ readOnly: true }], 'Unhealthy: the kernel has made the drive read-only'],
    ['resetting for less than 15 s', [inState('resetting')], 'Healthy: nothing is wrong'],
    ['resetting for 30 s', times(2, inState('resetting')), 'Suspect: the controller is resetting for 30 s'],
    [
      'resetting for 120 s',
      times(5, inState('resetting')),
      'Unhealthy: the controller is resetting for 120 s',
    ],
    ['new', times(2, inState('new')), 'Unknown: the controller is new for 0 s'],
    ['new for 60 s', times(3, inState('new')), 'Suspect: the controller is new for 60 s'],
    [
      'resetting and connecting are one reset',
      [inState('resetting'), inState('connecting'), inState('resetting'), inState('connecting')],
      'Suspect: the controller is connecting for 30 s',
    ],
    [
      'gone for a day',
      times(3000, { present: false, readOnly: false, smart: { kind: 'skipped' } }),
      'Removed: the drive is not there any more',
    ],
    [
      'warning bit 2 once',
      [smart({ criticalWarning: 4 })],
      'Degraded: the drive warns: its reliability is degraded',
    ],
    [
      'warning bit 2 twice',
      times(2, smart({ criticalWarning: 4 })),
      'Unhealthy: the drive warns: its reliability is degraded',
    ],
    [
      'warning bit 3 twice',
      times(2, smart({ criticalWarning: 8 })),
      'Unhealthy: the drive warns: its media is read-only',
    ],
    [
      'warning bit 0',
      times(9, smart({ criticalWarning: 1 })),
      'Degraded: the drive warns: spare blocks are running out',
    ],
    [
      'warning bit 4',
      times(9, smart({ criticalWarning: 16 })),
      'Degraded: the drive warns: the backup of its volatile memory has failed',
    ],
    [
      'warning bit 5',
      times(9, smart({ criticalWarning: 32 })),
      'Degraded: the drive warns: its persistent memory region is read-only',
    ],
    [
      'warning bit 1',
      times(9, smart({ criticalWarning: 2 })),
      'Degraded: the drive warns: the temperature is out of its limits',
    ],
    ['spare at its threshold', [smart({ availableSpare: 5 })], 'Degraded: 5 % of the spare blocks are left'],
    ['warm', times(9, smart({ temperatureCelsius: 70 })), 'Degraded: 70 °C is at or above 70 °C'],
    ['hot twice', times(2, smart({ temperatureCelsius: 86 })), 'Degraded: 86 °C is at or above 70 °C'],
    [
      'hot three times',
      times(3, smart({ temperatureCelsius: 86 })),
      'Unhealthy: 86 °C is at or above the critical 85 °C',
    ],
    [
      'a media error',
      [smart({ mediaErrors: 1n }), smart({ mediaErrors: 1n })],
      'Degraded: 1 new media errors within a day',
    ],
    [
      'many media errors',
      [smart({ mediaErrors: 1n }), smart({ mediaErrors: 15n })],
      'Unhealthy: 15 new media errors within an hour',
    ],
    ['worn', [smart({ percentageUsed: 90 })], 'Degraded: 90 % of the endurance is used'],
    [
      'beyond its endurance',
      times(9, smart({ percentageUsed: 255 })),
      'Degraded: 255 % of the endurance is used',
    ],
    ['one read that fails', [missed], 'Healthy: nothing is wrong'],
    ['two', times(2, missed), 'Suspect: the SMART log could not be read 2 times in a row: nvme timed out'],
    [
      'three',
      times(3, missed),
      'Unhealthy: the SMART log could not be read 3 times in a row: nvme timed out',
    ],
    [
      'a slow link',
      [{ link: { gigatransfers: 8, lanes: 4 } }],
      'Degraded: the link runs at 8 GT/s x4 of 16 GT/s x4',
    ],
    [
      'its volume is lost',
      [{ volumeFailure: { reason: 'VolumePartial', message: 'a disk of it is missing' } }],
      'Unhealthy: a disk of it is missing',
    ],
  ])('%s', (_name, looks, expected) => {
    expect(seen(looks)).toBe(expected);
  });
});

test('errors that were there at the first look count for nothing, and a counter that falls begins anew', () => {
  const looks = [500n, 500n, 3n, 4n].map((mediaErrors) => ({ ...good, ...smart({ mediaErrors }) }));
  let health: DeviceHealth | undefined;
  const said: string[] = [];
  for (const [i, look] of looks.entries()) {
    health = evaluateHealth(health, look, defaultHealthRules, i * pollMs);
    said.push(health.state);
  }
  expect(said).toEqual(['Healthy', 'Healthy', 'Healthy', 'Degraded']);
});

test('a drive that failed is healthy again after three clean looks and five minutes, not before', () => {
  expect(after([inState('dead'), ...times(10, {})]).state).toBe('Recovering');
  expect(after([inState('dead'), ...times(11, {})]).state).toBe('Healthy');
  expect(after([inState('dead'), ...times(2, {})], 400_000).state).toBe('Recovering');
  expect(after([inState('dead'), ...times(3, {})], 400_000).state).toBe('Healthy');
  expect(seen([inState('dead'), {}])).toBe('Recovering: it failed: the controller is dead');
});

test('a look without the log makes nothing better', () => {
  const warned = times(2, smart({ criticalWarning: 4 }));
  expect(after([...warned, missed]).state).toBe('Unhealthy');
  expect(after([...warned, inState('resetting')]).state).toBe('Unhealthy');
});

test('the fourth failure within an hour is one too many, until somebody says otherwise', () => {
  const once = [inState('dead'), ...times(3, {})];
  const often = times(4, once).flat();
  expect(after([...often.slice(4)], 200_000).state).not.toBe('Quarantined');
  const health = after([...often, ...times(30, {})], 200_000);
  expect(health).toMatchObject({ state: 'Quarantined', message: 'the controller is dead' });
  const nowMs = 100_000_000;
  const cleared = clearQuarantine(health, nowMs);
  expect(evaluateHealth(cleared, good, defaultHealthRules, nowMs + pollMs).state).toBe('Recovering');
});

test('what happens to its volume is no failure of the drive', () => {
  const lost = { volumeFailure: { reason: 'VolumePartial', message: 'a disk of it is missing' } };
  const often = times(6, [lost, {}, {}]).flat();
  expect(after(often, 60_000)).toMatchObject({ state: 'Recovering', memory: { failures: [] } });
  expect(after([lost, inState('dead'), lost], 60_000).memory.failures).toHaveLength(1);
});

test('doubt on the way back begins the proof anew', () => {
  const doubt = times(2, missed);
  expect(after([inState('dead'), ...times(9, {}), ...doubt, ...times(10, {})]).state).toBe('Recovering');
  expect(after([inState('dead'), ...times(9, {}), ...doubt, ...times(11, {})]).state).toBe('Healthy');
});

test('a thousand growths of the error counter are counted, each, in few entries', () => {
  let health: DeviceHealth | undefined;
  const rules = { ...defaultHealthRules, mediaErrorsPerHourMax: 1000 };
  for (let poll = 0; poll < 5000; poll++)
    health = evaluateHealth(health, { ...good, ...smart({ mediaErrors: BigInt(poll) }) }, rules, poll * 5000);
  expect(health).toMatchObject({ state: 'Degraded', message: '4999 new media errors within a day' });
  expect(health?.memory.mediaGrowth.length).toBeLessThan(100);
  const strict = evaluateHealth(
    health,
    { ...good, ...smart({ mediaErrors: 4999n }) },
    defaultHealthRules,
    25e6,
  );
  expect(strict.message).toMatch(/^7[12]\d new media errors within an hour$/);
});

test('before the first complete look nothing is known', () => {
  const first = evaluateHealth(undefined, { ...good, ...missed }, defaultHealthRules, 0);
  expect(first).toMatchObject({ state: 'Unknown', message: 'the SMART log was not read yet' });
});

const anyLook: fc.Arbitrary<Observation> = fc.record({
  present: fc.constantFrom(true, true, true, false),
  controllerState: fc.constantFrom('live', 'live', 'live', 'new', 'resetting', 'connecting', 'dead', 'odd'),
  sizeBytes: fc.constantFrom(2_000_398_934_016n, 2_000_398_934_016n, 0n),
  readOnly: fc.boolean(),
  link: fc.constant(link),
  maxLink: fc.constant(link),
  thresholds: fc.constant({ warningCelsius: 70, criticalCelsius: 85 }),
  smart: fc.oneof(
    fc.constant<Observation['smart']>({ kind: 'skipped' }),
    fc.constant<Observation['smart']>({ kind: 'failed', message: 'x' }),
    fc
      .record({
        criticalWarning: fc.constantFrom(0, 0, 4, 63),
        temperatureCelsius: fc.constantFrom(45, 75, 90),
      })
      .map((changes): Observation['smart'] => ({ kind: 'read', log: { ...log, ...changes } })),
  ),
});

test('whatever is seen, a drive with an unhealthy signal is never offered, and its history is plain data', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(anyLook, fc.integer({ min: 1000, max: 600_000 })), { maxLength: 40 }),
      (looks) => {
        let health: DeviceHealth | undefined;
        let nowMs = 0;
        for (const [look, stepMs] of looks) {
          nowMs += stepMs;
          const restored = health && (JSON.parse(JSON.stringify(health)) as DeviceHealth);
          const next = evaluateHealth(restored, look, defaultHealthRules, nowMs);
          expect(next).toEqual(evaluateHealth(health, look, defaultHealthRules, nowMs));
          const failed = next.signals.some(({ severity }) => severity === 'Unhealthy');
          if (failed) expect(isAllocatable(next.state)).toBe(false);
          if (isAllocatable(next.state) && health?.state === 'Unhealthy')
            throw new Error('back without a trial');
          health = next;
        }
      },
    ),
  );
});

test('a drive that cannot be asked for want of a program is told from one that does not answer', () => {
  const skipped: Partial<Observation> = { smart: { kind: 'skipped' } };
  expect(after([...times(3, withoutTool), skipped]).reason).toBe('ToolMissing');
  expect(after([...times(3, withoutTool), missed]).reason).toBe('SmartUnreadable');
});
