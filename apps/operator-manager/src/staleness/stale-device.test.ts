import { expect, test } from '@jest/globals';
import type { CxiDeviceObject } from '@rackwright/api';
import fc from 'fast-check';
import { asUnknown, isStale, silentAfterMs } from './stale-device.ts';

const now = Date.parse('2026-01-01T12:00:00Z');

function device(lastCheck: string | undefined, more: object = {}): CxiDeviceObject {
  const conditions = ['Ready', 'LinkUp'].map((type) => ({
    ...{ type, status: 'True', reason: 'Fine', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' },
  }));
  const health = { status: 'Healthy', ...(lastCheck === undefined ? {} : { lastCheck }), ...more };
  return {
    metadata: { name: 'n1-cxi0', uid: 'u', resourceVersion: '7', creationTimestamp: '2026-01-01T00:00:00Z' },
    status: { node: 'n1', type: 'pf', health, conditions },
  } as CxiDeviceObject;
}

test('a NIC is stale once its last look is more than a quarter of an hour old, and not before', () => {
  fc.assert(
    fc.property(fc.integer({ min: -86_400, max: 86_400 }), (seconds) => {
      const lastCheck = new Date(now - seconds * 1000).toISOString();
      expect(isStale(device(lastCheck), now)).toBe(seconds * 1000 > silentAfterMs);
    }),
  );
});

test('one that was never looked at counts from its creation', () => {
  expect(isStale(device(undefined), now)).toBe(true);
  expect(isStale(device(undefined), Date.parse('2026-01-01T00:10:00Z'))).toBe(false);
});

test('what is said once, vanished NICs and NICs that are being deleted are left alone', () => {
  const old = '2026-01-01T00:00:00Z';
  expect(isStale(device(old, { reason: 'AgentSilent' }), now)).toBe(false);
  expect(isStale(device(old, { reason: 'DeviceMissing' }), now)).toBe(false);
  const ending = device(old);
  expect(isStale({ ...ending, metadata: { ...ending.metadata, deletionTimestamp: old } }, now)).toBe(false);
});

test('a stale NIC is unknown in everything that could go on looking well, and says since when', () => {
  const { metadata, status } = asUnknown(device('2026-01-01T11:00:00Z'), now);
  expect(metadata).toEqual({ name: 'n1-cxi0', uid: 'u', resourceVersion: '7' });
  expect(status).toMatchObject({
    linkState: 'unknown',
    health: { status: 'Unknown', reason: 'AgentSilent' },
  });
  expect(status?.health?.message).toBe(
    'the driver agent of node n1 is silent: it last looked at 2026-01-01T11:00:00Z, more than 15m ago',
  );
  expect(status?.health?.lastCheck).toBeUndefined();
  expect(status?.conditions?.map(({ type, status: value }) => `${type}=${value}`)).toEqual([
    'Ready=Unknown',
    'LinkUp=Unknown',
  ]);
});
