import { expect, test } from '@jest/globals';
import { driftOf } from './drift.ts';

test('of a Secret that differs the entry is told, and nothing of what it holds or held', () => {
  const secret = (data: Record<string, string>, label = 'a') => ({
    ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'pair', labels: { of: label } } },
    data,
  });
  const told = driftOf(
    secret({ 'tls.key': 'd2FudGVk', other: 'eA==' }),
    secret({ 'tls.key': 'bGl2ZQ==' }, 'b'),
  );
  expect(told).toEqual([
    'metadata.labels.of: "b" should be "a"',
    'data["tls.key"]: not what it should be',
    'data.other: not what it should be',
  ]);
});
