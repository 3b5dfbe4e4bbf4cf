import { expect, test } from '@jest/globals';
import type { AidaptivCacheNode } from '@rackwright/api';
import { judgeNode, silentAfterMs } from './verdict.ts';

const now = Date.UTC(2026, 0, 1);
type Status = NonNullable<AidaptivCacheNode['status']>;
type Device = NonNullable<Status['devices']>[number];

const drive = (serial: string, more: Partial<Device> = {}): Device => ({
  ...{ serial, eligible: true, health: 'Healthy', message: '' },
  ...more,
});

/** What an agent says that was heard of a second ago. */
function report(status: Partial<Status> = {}, agoMs = 1_000): AidaptivCacheNode {
  return {
    apiVersion: 'operators.phison.com/v1beta1',
    kind: 'AidaptivCacheNode',
    metadata: { name: 'n1' },
    status: {
      devices: [drive('S1'), drive('S2')],
      cache: { state: 'Ready', mounted: true, hostPath: '/mnt/nvme0' },
      heartbeatTime: new Date(now - agoMs).toISOString(),
      ...status,
    },
  };
}

/** Health, what is said of drives, what is said of the cache. */
function judged(one: AidaptivCacheNode | undefined): unknown[] {
  const { health, deviceProblem, cacheUnavailable } = judgeNode(one, now);
  const said = [deviceProblem, cacheUnavailable].map(({ status, reason }) => `${status} ${reason}`);
  return [health, ...said];
}

const fine = 'False DevicesHealthy';
const mounted = 'False CacheMounted';
const condition = (type: string, message: string) => ({
  conditions: [
    {
      type,
      status: 'False' as const,
      reason: 'Removed',
      message,
      lastTransitionTime: '2026-01-01T00:00:00Z',
    },
  ],
});

test.each<[string, AidaptivCacheNode | undefined, unknown[]]>([
  ['that is well', report(), ['healthy', fine, mounted]],
  ['nobody has reported of', undefined, [undefined, 'Unknown NoReport', 'Unknown NoReport']],
  [
    'whose report has no time',
    report({ heartbeatTime: 'soon' }),
    [undefined, 'Unknown NoReport', 'Unknown NoReport'],
  ],
  [
    'last heard of too long ago',
    report({}, silentAfterMs),
    ['unhealthy', 'Unknown AgentSilent', 'Unknown AgentSilent'],
  ],
  ['last heard of just in time', report({}, silentAfterMs - 1), ['healthy', fine, mounted]],
  [
    'with a drive that failed',
    report({ devices: [drive('S1'), drive('S2', { health: 'Unhealthy' })] }),
    ['unhealthy', 'True DeviceUnhealthy', mounted],
  ],
  [
    'with a drive that was given up',
    report({ devices: [drive('S1', { health: 'Quarantined' })] }),
    ['unhealthy', 'True DeviceUnhealthy', mounted],
  ],
  [
    'with a drive on trial after a failure',
    report({ devices: [drive('S1', { health: 'Recovering' })] }),
    ['unhealthy', 'True DeviceUnhealthy', mounted],
  ],
  [
    'with a drive that failed and is no part of the cache',
    report({ devices: [drive('S1'), drive('S2', { health: 'Unhealthy', eligible: false })] }),
    ['healthy', fine, mounted],
  ],
  [
    'with a drive of the cache that died, which no cache would be made of',
    report({ devices: [drive('S1'), drive('S2', { health: 'Unhealthy', eligible: false, managed: true })] }),
    ['unhealthy', 'True DeviceUnhealthy', mounted],
  ],
  [
    'with a drive nobody has judged yet',
    report({ devices: [{ serial: 'S1', eligible: true }] }),
    ['healthy', fine, mounted],
  ],
  [
    'with a drive that is degraded',
    report({ devices: [drive('S1'), drive('S2', { health: 'Degraded' })] }),
    ['degraded', 'False DeviceDegraded', mounted],
  ],
  [
    'a drive of which is gone',
    report(condition('DevicesHealthy', 'drive S3 of the cache is gone')),
    ['unhealthy', 'True DeviceUnhealthy', mounted],
  ],
  [
    'whose cache lost its mount',
    report({ cache: { state: 'Ready', mounted: false } }),
    ['unhealthy', fine, 'True CacheNotMounted'],
  ],
  [
    'whose cache is blocked',
    report({ cache: { state: 'Blocked', mounted: false } }),
    ['unhealthy', fine, 'True CacheBlocked'],
  ],
  ['that tells of no cache', report({ cache: {} }), ['unhealthy', fine, 'True CachePending']],
])('a node %s', (_name, one, expected) => {
  expect(judged(one)).toEqual(expected);
});

test('people read which drive is bad and why, and what blocks the cache', () => {
  const blockers = [{ gate: 4, name: 'Signatures', serial: 'S2', detail: 'it holds xfs' }];
  const devices = [drive('S1', { health: 'Unhealthy', message: 'controller nvme1 is dead' }), drive('S2')];
  const { deviceProblem, cacheUnavailable } = judgeNode(
    report({ devices, cache: { state: 'Blocked', blockers } }),
    now,
  );
  expect(deviceProblem.message).toBe('S1 is Unhealthy: controller nvme1 is dead');
  expect(cacheUnavailable.message).toBe('the cache is Blocked; S2: Signatures: it holds xfs');
});

test('a drive that is gone is named beside those that suffer from it', () => {
  const devices = [drive('S2', { health: 'Unhealthy', message: 'drives of the group are missing' })];
  const gone = condition('DevicesHealthy', 'drive S1 of the cache is gone');
  const { deviceProblem } = judgeNode(report({ devices, ...gone }), now);
  expect(deviceProblem.message).toBe(
    'drive S1 of the cache is gone; S2 is Unhealthy: drives of the group are missing',
  );
});

test('a node is judged again when its agent would count as silent, and never says more than a condition holds', () => {
  const devices = Array.from({ length: 100 }, (_, i) =>
    drive(`S${i}`, { health: 'Unhealthy', message: 'x'.repeat(100) }),
  );
  const { silentInMs, deviceProblem } = judgeNode(report({ devices }, 60_000), now);
  expect(silentInMs).toBe(silentAfterMs - 60_000);
  expect(deviceProblem.message).toHaveLength(1024);
  expect(judgeNode(report({}, silentAfterMs), now)).not.toHaveProperty('silentInMs');
});
