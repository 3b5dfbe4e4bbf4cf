import { expect, test } from '@jest/globals';
import { exited, podWith, record } from '../testing/pods.ts';
import { apiTime, containerStatuses, type WaitingReason } from './container-statuses.ts';

const pod = podWith({ containers: [{ name: 'a', image: 'img' }] });
const none = new Map<string, WaitingReason>();

test('before anything happened a container waits for its creation, or for the init containers', () => {
  const [plain] = containerStatuses({ pod, records: [], waiting: none }, pod.spec.containers);
  expect(plain).toMatchObject({ state: { waiting: { reason: 'ContainerCreating' } }, restartCount: 0 });
  const withInit = podWith({ ...pod.spec, initContainers: [{ name: 'i' }] });
  const [later] = containerStatuses({ pod: withInit, records: [], waiting: none }, withInit.spec.containers);
  expect(later?.state).toEqual({ waiting: { reason: 'PodInitializing' } });
});

test('the newest container is the state, the one before it the last state', () => {
  const records = [exited('a', 1, 3), record('a', { attempt: 4 })];
  const [status] = containerStatuses({ pod, records, waiting: none }, pod.spec.containers);
  expect(status).toEqual({
    ...{ name: 'a', image: 'img', imageID: 'rackwright://', containerID: 'rackwright://a-4', ready: false },
    restartCount: 4,
    state: { running: { startedAt: '1970-01-01T00:00:02Z' } },
    lastState: {
      terminated: {
        ...{ exitCode: 1, reason: 'Error', containerID: 'rackwright://a-3' },
        ...{ startedAt: '1970-01-01T00:00:02Z', finishedAt: '1970-01-01T00:00:03Z' },
      },
    },
  });
});

test('a container that waits for its next try shows why, and its end as the last state', () => {
  const waiting = new Map([['a', { reason: 'CrashLoopBackOff', message: 'm' }]]);
  const [status] = containerStatuses({ pod, records: [exited('a', 7)], waiting }, pod.spec.containers);
  expect(status?.state).toEqual({ waiting: { reason: 'CrashLoopBackOff', message: 'm' } });
  expect(status?.lastState?.terminated?.exitCode).toBe(7);
});

test('a container that has ended for good keeps its end, whatever was said before', () => {
  const waiting = new Map([['a', { reason: 'CrashLoopBackOff', message: 'm' }]]);
  const never = podWith({ ...pod.spec, restartPolicy: 'Never' });
  const [status] = containerStatuses(
    { pod: never, records: [exited('a', 7)], waiting },
    never.spec.containers,
  );
  expect(status?.state?.terminated?.exitCode).toBe(7);
  const init = podWith({ containers: [], initContainers: [{ name: 'a' }] });
  const [done] = containerStatuses(
    { pod: init, records: [exited('a', 0)], waiting },
    init.spec.initContainers ?? [],
  );
  expect(done?.state?.terminated?.exitCode).toBe(0);
});

test('times of the API have no fractions of a second', () => {
  expect(apiTime(1_234)).toBe('1970-01-01T00:00:01Z');
});
