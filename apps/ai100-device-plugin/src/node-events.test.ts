import { describe, expect, test } from '@jest/globals';
import { nodeEvents } from './node-events.ts';
import { cacheWith, drive, facts, health, input, tracked } from './testing/told.ts';

const unhealthy = health('Unhealthy', {
  ...{ severity: 'Unhealthy', reason: 'ControllerDead', message: 'the controller is dead' },
});
const givenUp = health('Quarantined', {
  ...{ severity: 'Unhealthy', reason: 'MaxAttempts', message: 'after 5 attempts: the controller is dead' },
});
const hot = health('Degraded', {
  ...{ severity: 'Degraded', reason: 'Hot', message: '71 °C is at or above 70 °C' },
});
const worn = health('Degraded', {
  ...{ severity: 'Degraded', reason: 'EnduranceExceeded', message: '100 % of the endurance is used' },
});
const well = facts();
const dead = facts({ tracked: [tracked('A'), tracked('B', unhealthy)] });
const { view } = input();
const mismatch = {
  ...drive('B'),
  eligible: false,
  firmwareCompliant: false,
  reason: 'FirmwareMismatch',
} as const;

/** Reasons and messages of what is told after a change. */
const told = (...[before, after]: Parameters<typeof nodeEvents>): string[] =>
  nodeEvents(before, after).map(({ type, reason, message }) => `${type} ${reason}: ${message}`);

test('of a node that is as it was nothing is told, nor at the first look at one that is well', () => {
  expect(told(undefined, well)).toEqual([]);
  expect(told(dead, dead)).toEqual([]);
});

describe('what changes is told once', () => {
  test.each<[string, ReturnType<typeof facts> | undefined, ReturnType<typeof facts>, string]>([
    ['a drive fails', well, dead, 'Warning AI100Unhealthy: drive B: the controller is dead'],
    [
      'a drive had failed before the agent started',
      undefined,
      dead,
      'Warning AI100Unhealthy: drive B: the controller is dead',
    ],
    [
      'a drive that failed is given up',
      dead,
      facts({ tracked: [tracked('A'), tracked('B', givenUp)] }),
      'Warning ReplaceDevice: drive B is given up: after 5 attempts: the controller is dead',
    ],
    [
      'a drive is degraded',
      well,
      facts({ tracked: [tracked('A'), tracked('B', hot)] }),
      'Warning AI100Degraded: drive B is used on: 71 °C is at or above 70 °C',
    ],
    ['a drive is back', dead, well, 'Normal AI100Recovered: drive B is Healthy again'],
    [
      'a drive of the cache is gone',
      well,
      facts({ view: { ...view, drives: [drive('A')] } }),
      'Warning AI100Unhealthy: drive B of the cache is gone',
    ],
    [
      'a drive has other firmware',
      well,
      facts({ view: { ...view, drives: [drive('A'), mismatch] } }),
      'Warning FirmwareMismatch: drive B has firmware EIFZ00.1, which is not allowed',
    ],
    [
      'a drive is worn',
      well,
      facts({ tracked: [tracked('A'), tracked('B', worn)] }),
      'Warning EnduranceExceeded: drive B: 100 % of the endurance is used',
    ],
    [
      'a gate is closed',
      facts({ cache: cacheWith({ state: 'Settling' }) }),
      facts({
        cache: cacheWith({
          state: 'Blocked',
          blockers: [{ gate: 4, name: 'SignatureFound', serial: 'A', detail: 'ext4' }],
        }),
      }),
      'Warning CacheBlocked: gate 4, SignatureFound of drive A: ext4',
    ],
    [
      'the cache is made',
      facts({ cache: cacheWith({ state: 'Creating' }) }),
      well,
      'Normal CacheReady: mounted at /mnt/nvme0',
    ],
    [
      'a cache that lost drives is made anew',
      facts({ cache: cacheWith({ state: 'Lost' }) }),
      facts({ cache: cacheWith({ state: 'Rebuilding', message: 'volume uuid-1 is made anew' }) }),
      'Warning AI100RecoveryStarted: volume uuid-1 is made anew',
    ],
    [
      'a drive came too late for the stripes',
      well,
      facts({ cache: cacheWith({}, { notInStripe: ['C'] }) }),
      'Normal CacheExpansionPending: drive C is not part of the cache, which was made without it',
    ],
    [
      'a tool is missing',
      well,
      facts({
        cache: cacheWith(
          {},
          { failure: { step: 'observe', code: 'NotFound', message: 'the host has no lvm' } },
        ),
      }),
      'Warning CacheFailed: the host has no lvm',
    ],
    [
      'LVM hangs',
      well,
      facts({
        cache: cacheWith(
          {},
          { failure: { step: 'observe', code: 'DeadlineExceeded', message: 'lvm took over 30 s' } },
        ),
      }),
      'Warning CacheFailed: lvm took over 30 s',
    ],
    [
      'the cache is read-only',
      well,
      facts({ cache: cacheWith({ state: 'MountFailed', message: '/mnt/nvme0 is mounted read-only' }) }),
      'Warning CacheFailed: /mnt/nvme0 is mounted read-only',
    ],
    [
      'the cache is full',
      well,
      facts({ cache: cacheWith({ full: true }) }),
      'Warning CacheFull: the cache at /mnt/nvme0 is full',
    ],
    [
      'a cache with an old file system is taken over',
      facts({ cache: { ...cacheWith(), state: 'Ready', volumes: [] } }),
      facts({ cache: cacheWith({ legacyXfs: true }) }),
      'Warning LegacyXfsV4: /dev/vg_aidaptiv/cache has XFS of version 4, which kernels stop mounting; copy what is on it to a new file system in time',
    ],
  ])('%s', (_, before, after, expected) => {
    expect(told(before, after)).toEqual([expected]);
    expect(told(after, after)).toEqual([]);
  });
});
