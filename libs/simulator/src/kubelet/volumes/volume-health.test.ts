import { expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import type { Pod } from '../pod-model.ts';
import { watchVolumeHealth } from './volume-health.ts';

const pod = {
  metadata: { name: 'user', namespace: 'default', uid: 'u' },
  spec: { volumes: [{ name: 'data', csi: { driver: 'plain.example.com' } }] },
} as Pod;

/** Warnings by the time that drivers were asked three times; inline volumes need no claims. */
async function warnings(tells: boolean): Promise<string[]> {
  const stop = new AbortController();
  const told: string[] = [];
  let asked = 0;
  const stats = async () => {
    if (++asked === 3) stop.abort();
    return [{ name: 'data', condition: { abnormal: true, message: 'it is gone' } }];
  };
  const options = {
    ...{ clock: systemClock, csi: { stats }, claims: { get: () => Promise.reject(new Error('not asked')) } },
    events: { warning: (_: Pod, reason: string, message: string) => told.push(`${reason}: ${message}`) },
    ...{ pods: () => [pod], intervalMs: 1, tells },
  };
  await watchVolumeHealth(options, stop.signal);
  return told;
}

test('drivers are asked, but without the feature gate CSIVolumeHealth nobody is told of what they answer', async () => {
  expect(await warnings(false)).toEqual([]);
  expect(new Set(await warnings(true))).toEqual(
    new Set(['VolumeConditionAbnormal: Volume data: it is gone']),
  );
});
