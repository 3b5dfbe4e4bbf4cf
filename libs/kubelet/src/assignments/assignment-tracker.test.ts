import { beforeEach, describe, expect, test } from '@jest/globals';
import { HwError, Lifetime, ManualClock, silentLogger } from '@rackwright/core';
import type { HeldDevice } from '../pod-resources.ts';
import { AssignmentTracker } from './assignment-tracker.ts';
import { unconfirmedMs } from './assignments.ts';

const cxi = 'hpe.com/cxi';
const legacy = 'beta.hpe.com/cxi';
const pod: HeldDevice = { resource: cxi, id: 'cxi0', namespace: 'default', pod: 'a', container: 'main' };

let clock: ManualClock;
let answer: () => HeldDevice[];
let asked: number;
let tracker: AssignmentTracker;
beforeEach(() => {
  clock = new ManualClock();
  asked = 0;
  answer = () => [];
  tracker = new AssignmentTracker({
    list: async () => {
      asked += 1;
      return answer();
    },
    resources: [cxi, legacy],
    noun: 'NIC',
    clock,
    logger: silentLogger,
  });
});

async function keep(work: () => Promise<void>): Promise<void> {
  await using lifetime = new Lifetime();
  lifetime.spawn('tracker', (signal) => tracker.start(signal));
  await clock.advance(0);
  await work();
}
const nics = (): string[] => [...tracker.known.value.assignments.keys()];

describe('who holds what', () => {
  test('is unknown until the kubelet has told', async () => {
    expect(tracker.known.value.unknown).toBe('the kubelet has not yet told who holds which NIC');
    answer = () => {
      throw new HwError('Unavailable', 'no answer');
    };
    await keep(async () => {
      expect(tracker.known.value.unknown).toBe('the kubelet does not tell who holds which NIC: no answer');
      answer = () => [pod];
      await clock.advance(1000);
      expect(tracker.known.value.unknown).toBeUndefined();
      expect(nics()).toEqual(['cxi0']);
    });
  });

  test('a NIC is given back when its pod is gone', async () => {
    answer = () => [pod];
    await keep(async () => {
      answer = () => [];
      await clock.advance(5000);
      expect(nics()).toEqual([]);
    });
  });

  test('a kubelet that falls silent has not given anything back', async () => {
    answer = () => [pod];
    await keep(async () => {
      tracker.assign(cxi, ['cxi1']);
      answer = () => {
        throw new HwError('Unavailable', 'no answer');
      };
      await clock.advance(10 * unconfirmedMs);
      expect(nics()).toEqual(['cxi0', 'cxi1']);
      expect(tracker.known.value.unknown).toBeUndefined();
    });
  });

  test('after a kubelet restart it is asked often, and its first answers count for less', async () => {
    answer = () => [pod];
    await keep(async () => {
      answer = () => [];
      tracker.markStale(cxi);
      const before = asked;
      await clock.advance(unconfirmedMs - 1000);
      expect(nics()).toEqual(['cxi0']);
      expect(asked - before).toBeGreaterThan(50);
      await clock.advance(5000);
      expect(nics()).toEqual([]);
    });
  });

  test('before a NIC is allocated after a registration the kubelet is asked what the predecessor did', async () => {
    tracker.markStale(cxi);
    const confirmed = tracker.refresh();
    await clock.advance(100);
    expect(asked).toBe(0);
    answer = () => [{ ...pod, resource: legacy }];
    // Until now the plugin of before could still hand NICs out under the second name.
    tracker.markStale(legacy);
    await confirmed;
    expect(tracker.known.value.assignments.get('cxi0')).toMatchObject([
      { resource: legacy, pod: 'default/a' },
    ]);
    await clock.advance(unconfirmedMs);
    await tracker.refresh();
    expect(asked).toBe(1);
  });

  test('if the kubelet does not answer then, nothing is allocated', async () => {
    tracker.markStale(cxi);
    const confirmed = tracker.refresh();
    const refused = expect(confirmed).rejects.toMatchObject({ code: 'DeadlineExceeded' });
    await clock.advance(5000);
    await refused;
    tracker.markStale(legacy);
    answer = () => {
      throw new HwError('Unavailable', 'no answer');
    };
    await expect(tracker.refresh()).rejects.toMatchObject({ code: 'Unavailable' });
  });
});
