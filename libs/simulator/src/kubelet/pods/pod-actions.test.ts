import { describe, expect, test } from '@jest/globals';
import type { Pod } from '../pod-model.ts';
import type { ProbeResults } from '../probes/probe-results.ts';
import type { ContainerRecord } from '../runtime/container-record.ts';
import { exited, podWith, record, results, sidecar } from '../testing/pods.ts';
import { podActions } from './pod-actions.ts';

/** What is done, in short: names to start, names to kill, or "kill pod". */
function todo(pod: Pod, records: readonly ContainerRecord[], probes: ProbeResults = results()): string {
  const { killPod, kill, start } = podActions(pod, records, probes);
  if (killPod) return 'kill pod';
  const kills = kill.map((one) => `-${one.container.name}`);
  return [...kills, ...start.map((one) => `+${one.name}`)].join(' ');
}

const two = podWith({ containers: [{ name: 'a' }, { name: 'b' }] });

describe('main containers', () => {
  test('all start together, and what runs is left alone', () => {
    expect(todo(two, [])).toBe('+a +b');
    expect(todo(two, [record('a'), record('b')])).toBe('');
  });

  test.each([
    ['Always', 0, '+a'],
    ['Always', 1, '+a'],
    ['OnFailure', 0, ''],
    ['OnFailure', 1, '+a'],
    ['Never', 0, ''],
    ['Never', 1, ''],
  ] as const)('with policy %s after exit code %d: %s', (restartPolicy, code, expected) => {
    const pod = podWith({ restartPolicy, containers: two.spec.containers });
    expect(todo(pod, [exited('a', code), record('b')])).toBe(expected);
  });

  test('when none runs or will run the pod is over', () => {
    const pod = podWith({ restartPolicy: 'Never', containers: two.spec.containers });
    expect(todo(pod, [exited('a', 0), exited('b', 1)])).toBe('kill pod');
  });

  test('a failed liveness or startup probe kills and starts anew, or only kills with policy Never', () => {
    const failed = results({ liveness: { 'a-0': 'failure' } });
    expect(todo(two, [record('a'), record('b')], failed)).toBe('-a +a');
    expect(todo(two, [record('a'), record('b')], results({ startup: { 'b-0': 'failure' } }))).toBe('-b +b');
    const never = podWith({ restartPolicy: 'Never', containers: two.spec.containers });
    expect(todo(never, [record('a'), record('b')], failed)).toBe('-a');
  });

  test('a new image replaces the container, whatever the policy', () => {
    const pod = podWith({ restartPolicy: 'Never', containers: [{ name: 'a', image: 'new' }, { name: 'b' }] });
    expect(todo(pod, [record('a', { image: 'old' }), record('b')])).toBe('-a +a');
    expect(todo(pod, [record('a', { image: 'new' }), record('b')])).toBe('');
  });

  test('the result of an older container does not harm the new one', () => {
    const failed = results({ liveness: { 'a-0': 'failure' } });
    expect(todo(two, [exited('a', 137, 0), record('a', { attempt: 1 }), record('b')], failed)).toBe('');
  });
});

describe('init containers', () => {
  const pod = podWith({ initContainers: [{ name: 'i' }, { name: 'j' }], containers: [{ name: 'a' }] });

  test('run one after the other, then the main containers', () => {
    expect(todo(pod, [])).toBe('+i');
    expect(todo(pod, [record('i')])).toBe('');
    expect(todo(pod, [exited('i', 0)])).toBe('+j');
    expect(todo(pod, [exited('i', 0), exited('j', 0)])).toBe('+a');
  });

  test('are not run again once a main container runs, even if they are forgotten', () => {
    expect(todo(pod, [record('a')])).toBe('');
    expect(todo(pod, [exited('j', 0), record('a')])).toBe('');
  });

  test('that fail are tried again, unless the policy is Never', () => {
    expect(todo(pod, [exited('i', 1)])).toBe('+i');
    const never = podWith({ ...pod.spec, restartPolicy: 'Never' });
    expect(todo(never, [exited('i', 1)])).toBe('kill pod');
  });
});

describe('sidecars', () => {
  const probe = { httpGet: { port: 1 } };
  const pod = podWith({
    initContainers: [sidecar('s', { startupProbe: probe }), { name: 'i' }],
    containers: [{ name: 'a' }],
  });

  test('let the next one start when they have started', () => {
    expect(todo(pod, [record('s')])).toBe('');
    expect(todo(pod, [record('s')], results({ startup: { 's-0': 'unknown' } }))).toBe('');
    expect(todo(pod, [record('s')], results({ startup: { 's-0': 'success' } }))).toBe('+i');
  });

  test('start again whenever they end, even beside running main containers', () => {
    const started = results({ startup: { 's-0': 'success' } });
    expect(todo(pod, [exited('s', 0), exited('i', 0), record('a')], started)).toBe('+s');
    const never = podWith({ ...pod.spec, restartPolicy: 'Never' });
    expect(todo(never, [exited('s', 1), exited('i', 0), record('a')], started)).toBe('+s');
  });

  test('are killed for a failed probe', () => {
    const failed = results({ startup: { 's-0': 'failure' } });
    expect(todo(pod, [record('s')], failed)).toBe('-s +s');
    const sick = results({ startup: { 's-0': 'success' }, liveness: { 's-0': 'failure' } });
    expect(todo(pod, [record('s'), exited('i', 0), record('a')], sick)).toBe('-s +s');
  });

  test('do not keep a finished pod alive', () => {
    const job = podWith({ ...pod.spec, restartPolicy: 'Never' });
    const started = results({ startup: { 's-0': 'success' } });
    expect(todo(job, [record('s'), exited('i', 0), exited('a', 0)], started)).toBe('kill pod');
  });
});

test('nothing starts in a pod that is being deleted', () => {
  const leaving = podWith(two.spec, { deletionTimestamp: 'now' });
  expect(todo(leaving, [exited('a', 1), record('b')])).toBe('');
});
