import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { aidaptivCacheNodeStatusSchema } from '../../../libs/api/src/ai100/node-schema.ts';
import { nodeStatus, type StatusInput } from './node-status.ts';
import { cacheWith, drive, facts, health, input, nowMs, tracked } from './testing/told.ts';

const smartJson = readFileSync(new URL('./testdata/smart-log.json', import.meta.url), 'utf8');

function statusOf(changes: Parameters<typeof facts>[0] = {}, before: StatusInput['before'] = []) {
  const { history } = input(changes).recovery;
  return nodeStatus({ ...facts(changes), version: '1.2.3', history, before });
}
const conditionsOf = (changes: Parameters<typeof facts>[0] = {}): string[] =>
  (statusOf(changes).conditions ?? []).map(
    ({ type, status, reason, message }) => `${type} ${status} ${reason}: ${message}`,
  );

const use = {
  sizeBytes: '4000795590656',
  usedBytes: '123456789',
  availableBytes: '1',
  files: '2',
  filesFree: '1',
};

test('the status says what the drives and the cache are, and fits the schema of the kind', () => {
  const status = statusOf({
    tracked: [{ ...tracked('A'), smart: { atMs: nowMs, json: smartJson } }, tracked('B')],
    uses: new Map([['/mnt/nvme0', use]]),
  });
  expect(aidaptivCacheNodeStatusSchema.safeParse(status).success).toBe(true);
  expect(status).toMatchObject({
    agentVersion: '1.2.3',
    devices: [
      {
        ...{
          serial: 'A',
          controller: 'nvme0',
          namespace: 'nvme0n1',
          numaNode: 0,
          sizeBytes: 2_000_398_934_016,
        },
        ...{ health: 'Healthy', eligible: true },
        smart: { temperatureCelsius: 45, percentageUsed: 3, dataUnitsWritten: '9007199254740993' },
      },
      { serial: 'B', numaNode: 1 },
    ],
    cache: {
      ...{ layout: 'Striped', state: 'Ready', vg: 'vg_aidaptiv', lv: 'cache', lvUUID: 'LV', stripes: 2 },
      ...{ sizeBytes: 4_000_795_590_656, usedBytes: 123_456_789, filesystem: 'xfs', mounted: true },
    },
  });
});

test('a log that makes no sense is left out, and so is use that is not known', () => {
  const status = statusOf({ tracked: [{ ...tracked('A'), smart: { atMs: nowMs, json: '{"critical' } }] });
  expect(status.devices?.[0]).not.toHaveProperty('smart');
  expect(status.cache).not.toHaveProperty('usedBytes');
});

test('a node that is well has four conditions that are true', () => {
  expect(conditionsOf()).toEqual([
    'CacheReady True Ready: mounted at /mnt/nvme0',
    'DevicesHealthy True Healthy: no drive of the cache has failed',
    'FirmwareCompliant True Compliant: every drive has firmware that is allowed',
    'ToolsAvailable True Available: no program of the host is missing',
  ]);
});

test('a drive that is degraded is named although it is used on', () => {
  const hot = { severity: 'Degraded', reason: 'Hot', message: '71 °C is at or above 70 °C' } as const;
  const all = [tracked('A'), tracked('B', health('Degraded', hot))];
  expect(conditionsOf({ tracked: all })).toContain(
    'DevicesHealthy True Degraded: B: 71 °C is at or above 70 °C',
  );
});

const noTool = health('Unhealthy', {
  ...{ severity: 'Unhealthy', reason: 'ToolMissing', message: 'the host has no nvme' },
});
const unread = health('Suspect', {
  ...{ severity: 'Suspect', reason: 'SmartUnreadable', message: 'nvme did not end in time' },
});
const miss = { message: 'nvme did not end in time', tool: 'hangs' } as const;
const silent = { ...unread, memory: { ...unread.memory, smartMisses: 2, miss } };
const garbled = { ...silent, memory: { ...silent.memory, miss: { ...miss, tool: 'nonsense' } } } as const;
const failure = (code: string, message: string): object => ({ failure: { step: 'observe', code, message } });

describe('what is wrong is named by a condition', () => {
  test.each<[string, Parameters<typeof facts>[0], string]>([
    [
      'a lost cache',
      { cache: cacheWith({ state: 'Lost', message: 'a drive is missing' }) },
      'CacheReady False Lost: a drive is missing',
    ],
    ['a full one', { cache: cacheWith({ full: true, message: 'full' }) }, 'CacheReady True CacheFull: full'],
    [
      'a drive that failed',
      {
        tracked: [
          tracked(
            'A',
            health('Quarantined', { severity: 'Unhealthy', reason: 'X', message: 'it is broken' }),
          ),
        ],
      },
      'DevicesHealthy False Quarantined: A: it is broken',
    ],
    [
      'a drive that failed, beside those that suffer from it',
      {
        tracked: ['A', 'B'].map((serial) =>
          tracked(
            serial,
            health('Unhealthy', { severity: 'Unhealthy', reason: 'X', message: `no ${serial}` }),
          ),
        ),
      },
      'DevicesHealthy False Unhealthy: A: no A; B: no B',
    ],
    [
      'a drive that is gone',
      { view: { ...input().view, drives: [drive('B')] } },
      'DevicesHealthy False Removed: drive A of the cache is gone',
    ],
    [
      'other firmware',
      { view: { ...input().view, drives: [drive('A'), { ...drive('B'), reason: 'FirmwareMismatch' }] } },
      'FirmwareCompliant False FirmwareMismatch: B has EIFZ00.1',
    ],
    [
      'a tool that is missing',
      { cache: cacheWith({}, failure('NotFound', 'the host has no lvm')) },
      'ToolsAvailable False ToolMissing: the host has no lvm',
    ],
    [
      'a tool that hangs',
      { cache: cacheWith({}, failure('DeadlineExceeded', 'lvm hangs')) },
      'ToolsAvailable False ToolHangs: lvm hangs',
    ],
    [
      'a tool that prints nonsense',
      { cache: cacheWith({}, failure('Internal', 'lvm printed no JSON')) },
      'ToolsAvailable False ToolNonsense: lvm printed no JSON',
    ],
    [
      'no tool to ask a drive with',
      { tracked: [tracked('A', noTool), tracked('B')] },
      'ToolsAvailable False ToolMissing: the host has no nvme',
    ],
    [
      'a tool that hangs at one drive',
      { tracked: [tracked('A'), tracked('B', silent)] },
      'ToolsAvailable False ToolHangs: drive B: nvme did not end in time',
    ],
    [
      'a tool that prints nonsense of one drive',
      { tracked: [tracked('A'), tracked('B', garbled)] },
      'ToolsAvailable False ToolNonsense: drive B: nvme did not end in time',
    ],
  ])('%s', (_, changes, expected) => expect(conditionsOf(changes)).toContain(expected));
});

test('a condition keeps the time of its change as long as it stays the same', () => {
  const since = '2026-01-01T00:00:00Z';
  const before = statusOf().conditions?.map((one) => ({ ...one, lastTransitionTime: since })) ?? [];
  const lost = statusOf({ cache: cacheWith({ state: 'Lost' }) }, before).conditions;
  expect(lost?.map(({ lastTransitionTime }) => lastTransitionTime)).toEqual([
    new Date(nowMs).toISOString(),
    ...[since, since, since],
  ]);
});

test('the resets of a drive within the last hour are told with their times', () => {
  const resets = [nowMs - 3_600_000, nowMs - 60_000];
  const history = { A: { attempts: 1, nextAttemptMs: 0, resets } };
  const [first, second] = statusOf({ recovery: { history, actions: [] } }).devices ?? [];
  expect(first).toMatchObject({ resets1h: 1, resetTimes: ['2026-05-01T11:59:00.000Z'] });
  expect(second).toMatchObject({ resets1h: 0, resetTimes: [] });
});
