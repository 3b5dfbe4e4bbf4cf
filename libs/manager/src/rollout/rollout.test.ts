import { describe, expect, test } from '@jest/globals';
import type { DaemonSet } from '@rackwright/kube';
import fc from 'fast-check';
import { progressOf, timestamp } from './progress.ts';
import { rolloutsOf } from './rollout.ts';

const now = Date.UTC(2026, 0, 1, 12);
const minute = 60_000;
const label = { 'app.kubernetes.io/component': 'gauge' };

interface Numbers {
  desired: number;
  updated?: number;
  available: number;
  observed?: number;
  type?: 'OnDelete' | 'RollingUpdate';
}

function daemonSet({
  desired,
  updated = desired,
  available,
  observed = 1,
  type = 'RollingUpdate',
}: Numbers): DaemonSet {
  return {
    metadata: { name: 'x', labels: label, generation: 1 },
    spec: { selector: {}, template: {}, updateStrategy: { type } },
    status: {
      observedGeneration: observed,
      desiredNumberScheduled: desired,
      updatedNumberScheduled: updated,
      numberAvailable: available,
    },
  };
}

function rollout(numbers?: Numbers) {
  const [only] = rolloutsOf(['gauge'], numbers === undefined ? [] : [daemonSet(numbers)]);
  if (only === undefined) throw new Error('no rollout');
  return only;
}

describe('a component is ready', () => {
  test.each<[string, Numbers | undefined, boolean]>([
    ['when every pod is new and available', { desired: 3, available: 3 }, true],
    ['when no node matches', { desired: 0, available: 0 }, true],
    ['not before its DaemonSet exists', undefined, false],
    [
      'not while the DaemonSet’s status is of an older template',
      { desired: 3, available: 3, observed: 0 },
      false,
    ],
    ['not while a pod is unavailable', { desired: 3, available: 2 }, false],
    ['not while a pod is old', { desired: 3, updated: 2, available: 3 }, false],
    [
      'with old pods that stay until deleted',
      { desired: 3, updated: 1, available: 3, type: 'OnDelete' },
      true,
    ],
  ])('%s', (_, numbers, ready) => expect(rollout(numbers).ready).toBe(ready));
});

describe('a rollout', () => {
  const options = { generation: 1, timeoutMs: 5 * minute, now };

  function before(agoMs: number, numbers: Numbers, observedGeneration = 1) {
    const { counts } = rollout(numbers);
    return { observedGeneration, components: [counts], lastProgressTime: timestamp(now - agoMs) };
  }

  test('has five minutes from its start', () => {
    expect(progressOf([rollout({ desired: 2, available: 0 })], undefined, options)).toEqual({
      lastProgressTime: timestamp(now),
      stuck: false,
      remainingMs: 5 * minute,
    });
  });

  test('is stuck when nothing moved for longer than it may', () => {
    const numbers = { desired: 2, available: 1 };
    expect(progressOf([rollout(numbers)], before(4 * minute, numbers), options).stuck).toBe(false);
    expect(progressOf([rollout(numbers)], before(5 * minute, numbers), options)).toEqual({
      lastProgressTime: timestamp(now - 5 * minute),
      stuck: true,
      remainingMs: undefined,
    });
  });

  test.each<[string, Numbers, Numbers]>([
    ['one more pod is ready', { desired: 3, available: 1 }, { desired: 3, available: 2 }],
    [
      'one more pod is new',
      { desired: 3, updated: 1, available: 0 },
      { desired: 3, updated: 2, available: 0 },
    ],
    ['a node joins', { desired: 3, available: 1 }, { desired: 4, available: 1 }],
    ['a pod fails where all was well', { desired: 3, available: 3 }, { desired: 3, available: 2 }],
  ])('gets on when %s', (_, was, is) => {
    expect(progressOf([rollout(is)], before(60 * minute, was), options).stuck).toBe(false);
  });

  test('does not get on because a pod is lost', () => {
    const lost = rollout({ desired: 3, available: 0 });
    expect(progressOf([lost], before(6 * minute, { desired: 3, available: 1 }), options).stuck).toBe(true);
  });

  test('starts anew with a new spec', () => {
    const numbers = { desired: 2, available: 1 };
    const previous = before(60 * minute, numbers);
    expect(progressOf([rollout(numbers)], previous, { ...options, generation: 2 }).stuck).toBe(false);
  });

  test('that is done is never stuck', () => {
    const numbers = { desired: 2, available: 2 };
    const progress = progressOf([rollout(numbers)], before(600 * minute, numbers), options);
    expect(progress).toMatchObject({ stuck: false, remainingMs: undefined });
  });

  test('looked at twice gives the same', () => {
    const counts = fc.nat({ max: 4 });
    fc.assert(
      fc.property(counts, counts, counts, fc.nat({ max: 600_000 }), (desired, updated, available, ago) => {
        const rollouts = [rollout({ desired, updated, available })];
        const first = progressOf(rollouts, before(ago, { desired: 1, available: 0 }), options);
        const seen = {
          observedGeneration: 1,
          components: rollouts.map((one) => one.counts),
          lastProgressTime: first.lastProgressTime,
        };
        expect(progressOf(rollouts, seen, options)).toEqual(first);
      }),
    );
  });
});
