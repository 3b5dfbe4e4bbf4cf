import { expect, test } from '@jest/globals';
import { ManualClock, silentLogger } from '@rackwright/core';
import { KubeError } from '@rackwright/kube';
import { type LeaderAdmissionOptions, untilAdmitted } from './leader-admission.ts';

const refusal = (status: number): KubeError =>
  new KubeError(status === 0 ? 'Unavailable' : 'Internal', 'no', { status, reason: 'Test' });

/** A leader that waits for an API server that gives these answers one after another; a number is the status of a refusal. */
async function waiting(...answers: (number | 'yes')[]) {
  const clock = new ManualClock();
  const asked: unknown[] = [];
  const create = async (_type: unknown, lease: object, options: object): Promise<void> => {
    asked.push({ lease, ...options });
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (typeof answer === 'number') throw refusal(answer);
  };
  const client = { create } as unknown as LeaderAdmissionOptions['client'];
  const stop = new AbortController();
  const options = { client, clock, logger: silentLogger, namespace: 'ns', name: 'op', retryPeriodMs: 2000 };
  let isOver = false;
  const waited = untilAdmitted(options, stop.signal).then(() => {
    isOver = true;
  });
  await clock.advance(0);
  return { clock, stop, asked, waited, isOver: () => isOver };
}

test('a new leader waits while the API server still takes another for the leader', async () => {
  const { clock, asked, isOver } = await waiting(422, 422, 'yes');
  expect([isOver(), asked.length]).toEqual([false, 1]);
  await clock.advance(10);
  expect([isOver(), asked.length]).toEqual([false, 2]);
  await clock.advance(20);
  expect([isOver(), asked.length]).toEqual([true, 3]);
});

test('it asks by a write that stores nothing', async () => {
  const { asked } = await waiting('yes');
  const lease = { metadata: { namespace: 'ns', generateName: 'op-' } };
  expect(asked).toEqual([expect.objectContaining({ lease, dryRun: true })]);
});

test.each([0, 429, 500])('no answer, and a busy API server (%p), are asked again', async (status) => {
  const { clock, isOver } = await waiting(status, 'yes');
  expect(isOver()).toBe(false);
  await clock.advance(10);
  expect(isOver()).toBe(true);
});

test('who may not create leases begins without asking further', async () => {
  const { isOver, asked } = await waiting(403);
  expect([isOver(), asked.length]).toEqual([true, 1]);
});

test('one that is never admitted asks ever more seldom, and ends with its lead', async () => {
  const { clock, stop, asked, waited, isOver } = await waiting(422);
  await clock.advance(60_000);
  expect(asked.length).toBeLessThan(50);
  expect(isOver()).toBe(false);
  stop.abort();
  await clock.advance(0);
  await waited;
  expect(isOver()).toBe(true);
});
