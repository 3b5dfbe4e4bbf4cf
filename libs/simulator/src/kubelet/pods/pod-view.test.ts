import { expect, test } from '@jest/globals';
import { podWith } from '../testing/pods.ts';
import { externalPart, isTerminal, mergedPod } from './pod-view.ts';

const api = { ...podWith({}), status: { conditions: [{ type: 'x/gate', status: 'True' as const }] } };

test('the kubelet’s own status covers what the API server knows', () => {
  const old = {
    ...api,
    status: { phase: 'Pending' as const, conditions: [{ type: 'Ready', status: 'False' as const }] },
  };
  const own = { phase: 'Running' as const, conditions: [{ type: 'Ready', status: 'True' as const }] };
  expect(mergedPod(old, own).status).toEqual(own);
});

test('conditions of others are followed as they change', () => {
  const own = { conditions: [{ type: 'Ready', status: 'False' as const }] };
  expect(mergedPod(api, own).status?.conditions).toEqual([
    ...own.conditions,
    { type: 'x/gate', status: 'True' },
  ]);
  const changed = { ...api, status: { conditions: [{ type: 'x/gate', status: 'False' as const }] } };
  expect(mergedPod(changed, own).status?.conditions?.at(-1)).toEqual({ type: 'x/gate', status: 'False' });
});

test('a last phase somebody else has set counts', () => {
  const failed = { ...api, status: { phase: 'Failed' as const, reason: 'Evicted' } };
  const merged = mergedPod(failed, { phase: 'Running' });
  expect(merged.status).toMatchObject({ phase: 'Failed', reason: 'Evicted' });
  expect(isTerminal(merged)).toBe(true);
  expect(isTerminal(mergedPod(api, { phase: 'Running' }))).toBe(false);
});

test('the echo of the kubelet’s own status is no reason to act, anything else is', () => {
  const echo = {
    ...api,
    metadata: { ...api.metadata, resourceVersion: '2' },
    status: { ...api.status, phase: 'Running' as const, podIP: '127.1.1.2' },
  };
  expect(externalPart(echo)).toBe(externalPart(api));
  const changes = [
    { ...api, metadata: { ...api.metadata, deletionTimestamp: 'now' } },
    { ...api, spec: { ...api.spec, activeDeadlineSeconds: 1 } },
    { ...api, status: { conditions: [{ type: 'x/gate', status: 'False' as const }] } },
    { ...api, status: { ...api.status, phase: 'Failed' as const } },
  ];
  for (const change of changes) expect(externalPart(change)).not.toBe(externalPart(api));
});
