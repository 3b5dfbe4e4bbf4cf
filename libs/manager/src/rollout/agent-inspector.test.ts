import { beforeEach, expect, test } from '@jest/globals';
import { ManualClock, silentLogger } from '@rackwright/core';
import type { DaemonSet, KubeClient, KubeObject, ResourceType } from '@rackwright/kube';
import { AgentInspector } from './agent-inspector.ts';
import { gaugeKind } from './gauge-kind.test-data.ts';
import { agentPod, waitingFor } from './pod-fixtures.test-data.ts';

const { signal } = new AbortController();
let clock: ManualClock;
let asked: string[];
let answer: (fieldSelector: string) => KubeObject[];
let inspector: AgentInspector<'gauge' | 'lever'>;

beforeEach(() => {
  clock = new ManualClock();
  asked = [];
  answer = () => [];
  const list = async (type: ResourceType, { fieldSelector = '' }: { fieldSelector?: string }) => {
    asked.push(`${type.plural} ${fieldSelector}`);
    return { items: answer(fieldSelector), resourceVersion: '1' };
  };
  inspector = new AgentInspector({
    kind: gaugeKind,
    client: { list } as unknown as KubeClient,
    clock,
    logger: silentLogger,
  });
});

function daemonSet(available: number, desired = 1, current = desired): DaemonSet {
  return {
    metadata: {
      name: 'x-gauge',
      uid: 'u',
      labels: { 'app.kubernetes.io/component': 'gauge' },
    },
    status: { desiredNumberScheduled: desired, currentNumberScheduled: current, numberAvailable: available },
  };
}

const inspect = (...awaited: DaemonSet[]) => inspector.inspect('x', awaited, signal);

test('nothing is asked while everything is ready', async () => {
  expect(await inspect()).toEqual({ failures: [] });
  expect(asked).toEqual([]);
});

test('pods that run are asked for only when the others do not explain what is missing', async () => {
  answer = (fields) => (fields.includes('!=') ? [agentPod('n1', waitingFor('InvalidImageName'))] : []);
  expect((await inspect(daemonSet(0))).failures).toMatchObject([{ node: 'n1', definite: true }]);
  expect(asked).toEqual(['pods status.phase!=Running']);
  await clock.advance(60_000);
  await inspect(daemonSet(0, 2));
  expect(asked.slice(1)).toEqual(['pods status.phase!=Running', 'pods status.phase=Running']);
});

test('events are asked for only when there are pods missing, or late', async () => {
  await inspect(daemonSet(0, 3, 1));
  expect(asked).toContain('events regarding.kind=DaemonSet,reason=FailedCreate');
  const pod = agentPod('n1', waitingFor('ContainerCreating'));
  const late = { ...pod, metadata: { ...pod.metadata, creationTimestamp: '2025-12-31T23:00:00Z' } };
  answer = (fields) => (fields.includes('!=') ? [late] : []);
  await clock.advance(60_000);
  await inspect(daemonSet(0));
  expect(asked).toContain('events regarding.kind=Pod,reason=FailedMount');
});

test('while nothing changes it asks more and more seldom, at most once a minute', async () => {
  const waits: number[] = [];
  for (let look = 0; look < 8; look++) {
    const { againAfterMs = 0 } = await inspect(daemonSet(0));
    waits.push(againAfterMs);
    // An earlier reconcile takes what was found, and is told to come back.
    const before = asked.length;
    await clock.advance(againAfterMs - 1);
    expect(await inspect(daemonSet(0))).toMatchObject({ againAfterMs: 1 });
    expect(asked).toHaveLength(before);
    await clock.advance(1);
  }
  expect(waits[0]).toBeLessThanOrEqual(2000);
  expect(Math.max(...waits)).toBeLessThanOrEqual(60_000);
  expect(waits.at(-1)).toBeGreaterThan(40_000);
});

test('a change is looked at within two seconds, with thousands of pods within a minute', async () => {
  await inspect(daemonSet(0));
  for (let i = 0; i < 5; i++) await clock.advance((await inspect(daemonSet(0))).againAfterMs ?? 0);
  await inspect(daemonSet(0));
  expect((await inspect(daemonSet(0, 2))).againAfterMs).toBeLessThanOrEqual(2000);
  expect((await inspect(daemonSet(0, 5000))).againAfterMs).toBeGreaterThan(40_000);
});

test('when the API server refuses, what was known stays, and nothing fails', async () => {
  answer = () => [agentPod('n1', waitingFor('InvalidImageName'))];
  const { failures, againAfterMs = 0 } = await inspect(daemonSet(0));
  answer = () => {
    throw new Error('forbidden');
  };
  await clock.advance(againAfterMs);
  expect((await inspect(daemonSet(0))).failures).toEqual(failures);
});
