import { describe, expect, test } from '@jest/globals';
import {
  type DeviceHealth,
  defaultHealthRules,
  evaluateHealth,
  type Observation,
} from '@rackwright/hardware-nvme';
import { well } from '@rackwright/hardware-nvme/testing';
import fc from 'fast-check';
import type { Decision } from './decision.ts';
import { afterBoot, type RecoveryHistory, withAttempt, withRecovery } from './history.ts';
import { planRecovery } from './plan.ts';
import type { RecoveryAction, RecoverySettings } from './settings.ts';
import type { DriveSituation, NodeHold, RecoverySnapshot } from './snapshot.ts';
import { looks, withLog } from './testing/observations.ts';

const pollMs = 30_000;
const nowMs = 10_000_000;
const minute = 60_000;

/** After one good look, these; the last is `agoMs` back. */
function judged(seen: readonly Observation[], agoMs = minute): DeviceHealth {
  let health: DeviceHealth | undefined;
  for (const [i, look] of [well, ...seen].entries())
    health = evaluateHealth(health, look, defaultHealthRules, nowMs - agoMs - (seen.length - i) * pollMs);
  if (health === undefined) throw new Error('no look');
  return health;
}

function drive(look: Observation, changes: Partial<DriveSituation> = {}): DriveSituation {
  const { controllerState, sizeBytes, present } = look;
  return {
    serial: 'S1',
    health: judged([look, look, look]),
    ...(present && { controller: 'nvme1', pciAddress: '0000:41:00.0' }),
    ...(controllerState !== undefined && { controllerState }),
    hasNamespace: sizeBytes !== undefined,
    allocatedUnits: 0,
    hasSiblings: false,
    ...changes,
  };
}

const all: readonly RecoveryAction[] = ['Rescan', 'ControllerReset', 'PciRescan'];
const settings: RecoverySettings = {
  mode: 'Auto',
  actions: all,
  maxResetsPerHour: 3,
  firstWaitMs: 30_000,
  cooldownMs: 600_000,
  maxAttempts: 5,
};

function snapshotOf(one: DriveSituation, changes: Partial<RecoverySnapshot> = {}): RecoverySnapshot {
  const node = { uptimeMs: 3_600_000 };
  return { nowMs, settings, node, drives: [one], history: {}, ...changes };
}

const said = (decisions: readonly Decision[]): string[] =>
  decisions.map((one) => `${one.kind} ${one.kind === 'act' ? one.action : one.reason}`);
const decided = (one: DriveSituation, changes: Partial<RecoverySnapshot> = {}): string =>
  said(planRecovery(snapshotOf(one, changes))).join();

describe('a drive', () => {
  test.each<[string, DriveSituation, string]>([
    ['that is well', drive(well), ''],
    [
      'whose volume is lost by another drive',
      drive({ ...well, volumeFailure: { reason: 'Lost', message: '' } }),
      '',
    ],
    ['that is gone', drive(looks.gone), 'wait Gone'],
    ['without its namespace', drive(looks.lostNamespace), 'act Rescan'],
    ['live that answers no command', drive(looks.silent), 'act ControllerReset'],
    [
      'so, with a partition that is mounted',
      drive(looks.silent, { otherUse: 'mounted at /' }),
      'nothing OtherUse',
    ],
    [
      'so, after it warned of itself',
      drive(looks.silent, { health: judged([looks.unreliable, ...Array(3).fill(looks.silent)]) }),
      'act PciRescan',
    ],
    ['dead', drive(looks.dead), 'act PciRescan'],
    ['dead, with units that containers hold', drive(looks.dead, { allocatedUnits: 1 }), 'nothing Allocated'],
    [
      'dead, nobody knows who holds what',
      drive(looks.dead, { allocatedUnits: undefined }),
      'nothing Allocated',
    ],
    ['dead, with a sibling on the bus', drive(looks.dead, { hasSiblings: true }), 'nothing Siblings'],
    ['dead, with another use', drive(looks.dead, { otherUse: 'used for swap' }), 'nothing OtherUse'],
    ['too hot', drive(looks.hot), 'wait EndsByItself'],
    [
      'with a burst of media errors',
      drive(withLog({ mediaErrors: 15n }), { health: judged([withLog({ mediaErrors: 15n })]) }),
      'wait EndsByItself',
    ],
    ['that warns of its reliability', drive(looks.unreliable), 'nothing NotDead'],
    ['that became read-only', drive(looks.readOnly), 'nothing NotDead'],
    ['of another size', drive(looks.grown), 'nothing NotDead'],
    [
      'resetting beyond its time',
      drive(looks.resetting, { health: judged(Array(6).fill(looks.resetting)) }),
      'act PciRescan',
    ],
    ['that just failed', drive(looks.dead, { health: judged([looks.dead], 10_000) }), 'wait JustFailed'],
  ])('%s', (_name, one, expected) => {
    expect(decided(one)).toBe(expected);
  });
});

test('a burst of media errors after hours of heat has its own time', () => {
  const burst = withLog({ mediaErrors: 15n });
  const health = judged([...Array(400).fill(looks.hot), burst, burst]);
  expect(health.sinceMs).toBeLessThan(nowMs - 3 * 60 * minute);
  expect(decided(drive(burst, { health }))).toBe('wait EndsByItself');
});

describe('limits', () => {
  const silent = drive(looks.silent);
  const attempted = (
    count: number,
    agoMs: number,
    action: RecoveryAction = 'ControllerReset',
  ): RecoveryHistory => {
    let history: RecoveryHistory = {};
    for (let i = 0; i < count; i++)
      history = withAttempt(
        history,
        { target: 'S1', action, result: 'Failed' },
        {
          ...{ nowMs: nowMs - agoMs, firstWaitMs: 30_000, random: 0 },
        },
      );
    return history;
  };
  const without = (...left: RecoveryAction[]): RecoverySettings => ({
    ...settings,
    actions: all.filter((action) => !left.includes(action)),
  });
  const held = (reason: NodeHold['reason']) => ({
    node: { uptimeMs: 3_600_000, hold: { reason, message: reason } },
  });

  test.each<[string, Partial<RecoverySnapshot>, string]>([
    ['mode Off', { settings: { ...settings, mode: 'Off' } }, 'wait Off'],
    ['119 s after boot', { node: { uptimeMs: 119_999 } }, 'wait Booted'],
    ['120 s after boot', { node: { uptimeMs: 120_000 } }, 'act ControllerReset'],
    ['the kubelet is not ready', held('KubeletNotReady'), 'wait KubeletNotReady'],
    ['maintenance', held('Maintenance'), 'wait Maintenance'],
    ['a cordon', held('Cordoned'), 'wait Cordoned'],
    ['half the nodes fail', held('RecoverySuspended'), 'wait RecoverySuspended'],
    ['nobody says how the node is', held('NodeUnknown'), 'wait NodeUnknown'],
    ['29 s after an attempt', { history: attempted(1, 29_000) }, 'wait Backoff'],
    ['30 s after an attempt the next step is up', { history: attempted(1, 30_000) }, 'act PciRescan'],
    ['30 s after a second one', { history: attempted(2, 30_000) }, 'wait Backoff'],
    [
      'a budget that is used up',
      { history: attempted(3, 10 * minute), settings: without('PciRescan') },
      'wait ResetBudget',
    ],
    [
      'an hour later',
      { history: attempted(3, 60 * minute), settings: without('PciRescan') },
      'act ControllerReset',
    ],
    ['no resets allowed', { settings: { ...settings, maxResetsPerHour: 0 } }, 'nothing ResetBudget'],
    [
      'the reset is no allowed action',
      { settings: without('ControllerReset', 'PciRescan') },
      'nothing NamespaceThere',
    ],
    ['the last attempt', { history: attempted(5, 60 * minute) }, 'giveUp MaxAttempts'],
    [
      'a recovery a short while ago',
      { history: withRecovery(attempted(1, 20 * minute), 'S1', nowMs - 9 * minute, 600_000) },
      'wait Cooldown',
    ],
    [
      'a recovery ten minutes ago',
      { history: withRecovery(attempted(1, 20 * minute), 'S1', nowMs - 10 * minute, 600_000) },
      'act ControllerReset',
    ],
    [
      'a used up budget before a boot',
      { history: afterBoot(attempted(3, 10 * minute)), settings: without('PciRescan') },
      'act ControllerReset',
    ],
  ])('%s', (_name, changes, expected) => {
    expect(decided(silent, changes)).toBe(expected);
  });

  test('a drive that was taken off the bus and is not back is looked for again, within all limits', () => {
    const gone = drive(looks.gone);
    expect(decided(gone, { history: attempted(1, minute, 'PciRescan') })).toBe('act PciRescan');
    expect(decided(gone, { history: attempted(1, minute, 'ControllerReset') })).toBe('wait Gone');
    expect(decided(gone, { history: attempted(1, 10_000, 'PciRescan') })).toBe('wait Backoff');
    expect(decided(gone, { history: attempted(3, 31 * minute, 'PciRescan') })).toBe('wait ResetBudget');
    expect(decided(gone, { history: attempted(5, 61 * minute, 'PciRescan') })).toBe('giveUp MaxAttempts');
  });

  test('one action at a time', () => {
    const drives = [silent, { ...silent, serial: 'S2' }, drive(looks.gone, { serial: 'S3' })];
    expect(said(planRecovery(snapshotOf(silent, { drives })))).toEqual([
      'act ControllerReset',
      'wait OneAtATime',
      'wait Gone',
    ]);
  });
});

test('waits double from 30 s to 30 min, and are shorter by a fifth at most', () => {
  const waits = (random: number): number[] => {
    let history: RecoveryHistory = {};
    return Array.from({ length: 8 }, () => {
      history = withAttempt(
        history,
        { target: 'S1', result: 'Nothing' },
        { nowMs: 0, firstWaitMs: 30_000, random },
      );
      return (history.S1?.nextAttemptMs ?? 0) / 1000;
    });
  };
  expect(waits(0)).toEqual([30, 60, 120, 240, 480, 960, 1800, 1800]);
  expect(waits(1)).toEqual([24, 48, 96, 192, 384, 768, 1440, 1440]);
});

const anyDrive: fc.Arbitrary<DriveSituation> = fc
  .record({
    look: fc.constantFrom<Observation>(well, ...Object.values(looks)),
    serial: fc.stringMatching(/^S[0-9]$/),
    otherUse: fc.constantFrom(undefined, 'mounted at /'),
    allocatedUnits: fc.constantFrom(undefined, 0, 2),
    hasSiblings: fc.boolean(),
  })
  .map(({ look, otherUse, ...rest }) =>
    drive(look, { ...rest, ...(otherUse !== undefined && { otherUse }) }),
  );

test('whatever the node is like, at most one drive is touched, and none that something else stands on', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(anyDrive, { selector: ({ serial }) => serial, maxLength: 8 }),
      fc.subarray([...all]),
      (drives, actions) => {
        const decisions = planRecovery(
          snapshotOf(drive(well), { drives, settings: { ...settings, actions } }),
        );
        const acts = decisions.flatMap((one) => (one.kind === 'act' ? [one] : []));
        expect(acts.length).toBeLessThanOrEqual(1);
        for (const { target, action } of acts) {
          const touched = drives.find(({ serial }) => serial === target);
          expect(actions).toContain(action);
          expect(touched?.otherUse).toBeUndefined();
          if (action === 'PciRescan')
            expect(touched).toMatchObject({ allocatedUnits: 0, hasSiblings: false });
          if (action === 'ControllerReset') expect(touched?.controllerState).toBe('live');
        }
      },
    ),
  );
});
