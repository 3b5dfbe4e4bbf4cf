import { describe, expect, test } from '@jest/globals';
import type { ContainerStatus, PodSpec } from '../pod-model.ts';
import { podWith, sidecar, status } from '../testing/pods.ts';
import { podPhase } from './pod-phase.ts';

const running = (name: string, change: Partial<ContainerStatus> = {}) =>
  status(name, { running: {} }, { started: true, ...change });
const ended = (name: string, exitCode: number) => status(name, { terminated: { exitCode } });
const waiting = (name: string) => status(name, { waiting: { reason: 'ContainerCreating' } });
const crashed = (name: string, exitCode: number) =>
  status(name, { waiting: { reason: 'CrashLoopBackOff' } }, { lastState: { terminated: { exitCode } } });

function phase(spec: Partial<PodSpec>, statuses: readonly ContainerStatus[], ending = false): string {
  return podPhase({ pod: podWith(spec), statuses, ending });
}

const one = { containers: [{ name: 'a' }] };
const two = { containers: [{ name: 'a' }, { name: 'b' }] };

test.each([
  ['nothing is known', two, [], 'Pending'],
  ['one still waits', two, [running('a'), waiting('b')], 'Pending'],
  ['all run', two, [running('a'), running('b')], 'Running'],
  ['one crashed and waits for its next try', two, [running('a'), crashed('b', 1)], 'Running'],
  ['all crashed', one, [crashed('a', 1)], 'Running'],
  ['all ended well but are to run again', one, [ended('a', 0)], 'Running'],
  [
    'a run-once pod ended well',
    { ...two, restartPolicy: 'Never' as const },
    [ended('a', 0), ended('b', 0)],
    'Succeeded',
  ],
  [
    'a run-once pod ended badly',
    { ...two, restartPolicy: 'Never' as const },
    [ended('a', 0), ended('b', 1)],
    'Failed',
  ],
  [
    'one of a run-once pod still runs',
    { ...two, restartPolicy: 'Never' as const },
    [ended('a', 1), running('b')],
    'Running',
  ],
  [
    'with OnFailure all ended well',
    { ...one, restartPolicy: 'OnFailure' as const },
    [ended('a', 0)],
    'Succeeded',
  ],
  ['with OnFailure one failed', { ...one, restartPolicy: 'OnFailure' as const }, [ended('a', 1)], 'Running'],
])('when %s the pod is right', (_, spec, statuses, expected) => {
  expect(phase(spec, statuses)).toBe(expected);
});

test('a pod told to end is Failed or Succeeded by its exit codes, whatever its policy', () => {
  expect(phase(two, [ended('a', 0), ended('b', 143)], true)).toBe('Failed');
  expect(phase(two, [ended('a', 0), ended('b', 0)], true)).toBe('Succeeded');
});

describe('init containers', () => {
  const spec = { initContainers: [{ name: 'i' }], ...one };

  test('keep the pod Pending until they are done', () => {
    expect(phase(spec, [running('i'), waiting('a')])).toBe('Pending');
    expect(phase(spec, [ended('i', 0), running('a')])).toBe('Running');
  });

  test('that fail for good fail the pod, others leave it Pending', () => {
    expect(phase({ ...spec, restartPolicy: 'Never' }, [ended('i', 1), waiting('a')])).toBe('Failed');
    expect(phase(spec, [crashed('i', 1), waiting('a')])).toBe('Pending');
  });
});

describe('sidecars', () => {
  const spec = { initContainers: [sidecar('s')], ...one, restartPolicy: 'Never' as const };

  test('keep the pod Pending until they have started', () => {
    expect(phase(spec, [running('s', { started: false }), waiting('a')])).toBe('Pending');
  });

  test('that restart beside running main containers do not make it Pending again', () => {
    expect(phase(spec, [running('s', { started: false }), running('a')])).toBe('Running');
    expect(phase(spec, [crashed('s', 1), running('a')])).toBe('Running');
  });

  test('keep the pod Running until they are stopped, and then do not count', () => {
    expect(phase(spec, [running('s'), ended('a', 0)])).toBe('Running');
    expect(phase(spec, [ended('s', 143), ended('a', 0)])).toBe('Succeeded');
  });
});
