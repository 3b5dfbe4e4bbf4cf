import { expect, test } from '@jest/globals';
import type { ContainerStatus, Pod } from '../pod-model.ts';
import { podWith, sidecar, status } from '../testing/pods.ts';
import { type ConditionInput, podConditions } from './pod-conditions.ts';

const ready = (name: string): ContainerStatus =>
  status(name, { running: {} }, { ready: true, started: true });

function verdicts(pod: Pod, change: Partial<ConditionInput>): Record<string, unknown> {
  const input = { pod, init: [], main: [], phase: 'Running' as const, sandboxReady: true, ...change };
  return Object.fromEntries(
    podConditions(input).map(({ type, status: value, reason }) => [
      type,
      reason === undefined ? value : `${value} ${reason}`,
    ]),
  );
}

const pod = podWith({ containers: [{ name: 'a' }, { name: 'b' }] });

test('a pod whose containers are ready is Ready', () => {
  expect(verdicts(pod, { main: [ready('a'), ready('b')] })).toEqual({
    PodReadyToStartContainers: 'True',
    Initialized: 'True',
    Ready: 'True',
    ContainersReady: 'True',
    PodScheduled: 'True',
  });
});

test('containers that are not ready are named', () => {
  const conditions = podConditions({
    ...{ pod, init: [], main: [ready('a'), status('b', {})], phase: 'Running', sandboxReady: false },
  });
  expect(conditions).toContainEqual({
    ...{ type: 'Ready', status: 'False', reason: 'ContainersNotReady', observedGeneration: 1 },
    message: 'containers with unready status: [b]',
  });
  expect(conditions).toContainEqual({
    type: 'PodReadyToStartContainers',
    status: 'False',
    observedGeneration: 1,
  });
});

test.each([
  ['Succeeded', 'PodCompleted'],
  ['Failed', 'PodFailed'],
] as const)('a pod that is %s is not Ready', (phase, reason) => {
  expect(verdicts(pod, { main: [ready('a'), ready('b')], phase })).toMatchObject({
    Ready: `False ${reason}`,
    ContainersReady: `False ${reason}`,
  });
});

test('a pod is initialized when init containers are done and sidecars have started', () => {
  const given = podWith({ initContainers: [{ name: 'i' }, sidecar('s')], containers: [{ name: 'a' }] });
  const waiting = status('a', { waiting: {} });
  const done = status('i', { terminated: { exitCode: 0 } }, { ready: true });
  expect(verdicts(given, { init: [done], main: [waiting] }).Initialized).toBe(
    'False ContainersNotInitialized',
  );
  expect(verdicts(given, { init: [done, ready('s')], main: [waiting] }).Initialized).toBe('True');
});

test('once a main container has run the pod stays initialized', () => {
  const given = podWith({ initContainers: [sidecar('s')], containers: [{ name: 'a' }] });
  expect(verdicts(given, { init: [status('s', { waiting: {} })], main: [ready('a')] }).Initialized).toBe(
    'True',
  );
});

test('an unready sidecar makes the pod unready', () => {
  const given = podWith({ initContainers: [sidecar('s')], containers: [{ name: 'a' }] });
  expect(verdicts(given, { init: [status('s', { running: {} })], main: [ready('a')] }).Ready).toBe(
    'False ContainersNotReady',
  );
});

test('readiness gates have their say in Ready, not in ContainersReady', () => {
  const gated = podWith({ containers: [{ name: 'a' }], readinessGates: [{ conditionType: 'x/y' }] });
  expect(verdicts(gated, { main: [ready('a')] })).toMatchObject({
    Ready: 'False ReadinessGatesNotReady',
    ContainersReady: 'True',
  });
  gated.status = { conditions: [{ type: 'x/y', status: 'True' }] };
  expect(verdicts(gated, { main: [ready('a')] }).Ready).toBe('True');
});
