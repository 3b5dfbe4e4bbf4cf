import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ManualClock, silentLogger } from '@rackwright/core';
import { KubeError } from '@rackwright/kube';
import type { PodStatus } from '../pod-model.ts';
import { podWith } from '../testing/pods.ts';
import { ScriptedClient } from '../testing/scripted-client.ts';
import { StatusPublisher } from './status-publisher.ts';

let clock: ManualClock;
let api: ScriptedClient;
let publisher: StatusPublisher;
const pod = podWith({});

beforeEach(() => {
  clock = new ManualClock();
  api = new ScriptedClient();
  publisher = new StatusPublisher({ client: api.client, clock, logger: silentLogger });
});

afterEach(() => publisher.stop());

const ready = (status: 'True' | 'False'): PodStatus => ({
  phase: 'Running',
  conditions: [{ type: 'Ready', status, ...(status === 'False' ? { reason: 'Why' } : {}) }],
});

function sent(): unknown[] {
  return api.asked.map(({ body }) => (body as { status: unknown }).status);
}

test('a status is sent once, not again while it stays the same', async () => {
  publisher.publish(pod, ready('True'));
  await publisher.settled('u');
  publisher.publish(pod, ready('True'));
  await publisher.settled('u');
  expect(api.asked).toHaveLength(1);
  expect(api.asked[0]).toMatchObject({ verb: 'patch', plural: 'pods', body: { metadata: { uid: 'u' } } });
});

test('of states that follow each other quickly only the newest needs to arrive', async () => {
  for (const phase of ['Pending', 'Running', 'Succeeded'] as const) publisher.publish(pod, { phase });
  await publisher.settled('u');
  expect(sent()).toEqual([
    { phase: 'Pending', conditions: [] },
    { phase: 'Succeeded', conditions: [] },
  ]);
});

test('a condition keeps its time until its status changes, and forgets its reason', async () => {
  const first = publisher.publish(pod, ready('False'));
  await clock.advance(5000);
  const second = publisher.publish(pod, ready('False'));
  expect(second.conditions).toEqual(first.conditions);
  const third = publisher.publish(pod, ready('True'));
  expect(third.conditions?.[0]?.lastTransitionTime).toBe('2026-01-01T00:00:05Z');
  await publisher.settled('u');
  expect(sent().at(-1)).toMatchObject({
    conditions: [{ type: 'Ready', status: 'True', reason: null, message: null }],
  });
});

test('a status that cannot be sent is sent later, the newest one', async () => {
  api.answer = () => {
    throw new KubeError('Unavailable', 'away', { status: 0, reason: 'NoAnswer' });
  };
  publisher.publish(pod, { phase: 'Pending' });
  await clock.advance(100);
  publisher.publish(pod, { phase: 'Running' });
  api.answer = () => ({});
  await clock.advance(10_000);
  await publisher.settled('u');
  expect(sent().at(-1)).toMatchObject({ phase: 'Running' });
});

test.each([404, 409])('a pod that is not there any more (%d) is given up', async (status) => {
  api.answer = () => {
    throw new KubeError('NotFound', 'gone', { status, reason: 'x' });
  };
  publisher.publish(pod, { phase: 'Pending' });
  await publisher.settled('u');
  expect(api.asked).toHaveLength(1);
});

test('what somebody else made of the status is put right once it is seen, and only then', async () => {
  const published = publisher.publish(pod, ready('True'));
  await publisher.settled('u');
  publisher.reconcile({ ...pod, status: published });
  expect(api.asked).toHaveLength(1);
  const lost = (published.conditions ?? []).map((condition) => ({ ...condition, status: 'False' as const }));
  publisher.reconcile({ ...pod, status: { ...published, conditions: lost } });
  await publisher.settled('u');
  expect(api.asked).toHaveLength(2);
  expect(sent().at(-1)).toMatchObject({ conditions: [{ type: 'Ready', status: 'True' }] });
});
