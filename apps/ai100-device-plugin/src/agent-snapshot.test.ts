import { expect, test } from '@jest/globals';
import { formatAgentSnapshot, parseAgentSnapshot } from '@rackwright/hardware-nvme';
import { agentSnapshot } from './agent-snapshot.ts';
import { cacheWith, drive, facts, firstDevice, input, nowMs, tracked } from './testing/told.ts';

const use = { sizeBytes: '10', usedBytes: '4', availableBytes: '6', files: '2', filesFree: '1' };

test('the exporter reads all that the plugin wrote', () => {
  const snapshot = agentSnapshot(
    input({
      tracked: [
        {
          ...tracked('A'),
          thresholds: { warningCelsius: 70, criticalCelsius: 85 },
          smart: { atMs: nowMs, json: '{}' },
        },
        tracked('B'),
      ],
      held: [{ resource: 'phison.com/ai100', id: 'ai100-a', namespace: 'ns', pod: 'pod', container: 'main' }],
      uses: new Map([['/mnt/nvme0', use]]),
    }),
  );
  expect(parseAgentSnapshot(formatAgentSnapshot(snapshot))).toEqual({ ok: true, value: snapshot });
  expect(snapshot).toMatchObject({
    devices: [
      {
        ...{ serial: 'A', managed: true, unitId: 'ai100-a', numaNode: 0, sizeBytes: '2000398934016' },
        thresholds: { warningCelsius: 70, criticalCelsius: 85 },
      },
      { serial: 'B' },
    ],
    caches: [{ lv: { healthy: true, devices: ['A', 'B'] }, mount: { path: '/mnt/nvme0', usedBytes: '4' } }],
    units: {
      allocated: 1,
      allocations: [{ unitId: 'ai100-a', namespace: 'ns', pod: 'pod', container: 'main' }],
    },
  });
});

test('what the kubelet does not say, and a drive that nobody judged yet, are not made up', () => {
  const { held: _, ...rest } = input({ tracked: [] });
  const snapshot = agentSnapshot({ ...rest, held: undefined });
  expect(snapshot.units).toEqual({ capacity: 0, healthy: 0 });
  expect(snapshot.devices[0]).toMatchObject({ health: 'Unknown', healthMessage: '' });
});

test('drives of other makers and drives without a serial number are left out', () => {
  const other = { ...drive('B'), isAi100: false };
  const { serial: _, ...nameless } = drive('C').controller;
  const drives = [drive('A'), other, { ...drive('C'), controller: nameless }];
  expect(
    agentSnapshot(input({ view: { ...input().view, drives } })).devices.map(({ serial }) => serial),
  ).toEqual(['A']);
});

test('a volume that misses a drive is not healthy, and one that is not mounted has no mount', () => {
  const [cache] = agentSnapshot(input({ cache: cacheWith({ missingPvs: 1, mounted: false }) })).caches;
  expect(cache?.lv?.healthy).toBe(false);
  expect(cache).not.toHaveProperty('mount');
});

test('a drive outside of the cache has no unit', () => {
  const cache = cacheWith({ members: ['B'] });
  expect(firstDevice(facts({ cache }))).toMatchObject({ serial: 'A', managed: false });
  expect(firstDevice(facts({ cache }))).not.toHaveProperty('unitId');
});

test('what was done to drives is told: resets of the last hour of each, and every action since the start', () => {
  const hour = 3_600_000;
  const one = { attempts: 0, nextAttemptMs: 0 };
  const history = {
    A: { ...one, resets: [nowMs - hour, nowMs - hour + 1, nowMs] },
    B: { ...one, resets: [] },
  };
  const actions = [{ what: 'ControllerReset', result: 'Failed', count: 2 }];
  const { devices, recoveryActions } = agentSnapshot(input({ recovery: { history, actions } }));
  expect(devices.map(({ resetsLastHour }) => resetsLastHour)).toEqual([2, 0]);
  expect(recoveryActions).toEqual([{ action: 'ControllerReset', result: 'Failed', count: 2 }]);
});
