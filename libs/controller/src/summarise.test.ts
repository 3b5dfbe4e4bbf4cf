import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type ComponentState, type Condition, type Outcome, type Summary, summarise } from './summarise.ts';

const now = Date.UTC(2026, 5, 1, 12, 0, 0, 900);
const ready: ComponentState = { type: 'AgentReady', state: 'ready', reason: 'Ready', message: '3 of 3' };

function shown(summary: Partial<Summary> & { outcome: Outcome }): Record<string, string> {
  const conditions = summarise({ generation: 7, now, ...summary });
  return Object.fromEntries(conditions.map(({ type, status, reason }) => [type, `${status} ${reason}`]));
}

test('everything in order', () => {
  const outcome = { state: 'done', message: '3 nodes ready' } as const;
  expect(shown({ outcome, components: [ready] })).toEqual({
    Ready: 'True Ready',
    Reconciling: 'False Reconciled',
    Stalled: 'False NotStalled',
    Available: 'True Ready',
    Progressing: 'False Deployed',
    Degraded: 'False Healthy',
    AgentReady: 'True Ready',
  });
});

test('a component that rolls out is progress, not failure', () => {
  const rolling = {
    ...ready,
    state: 'progressing',
    reason: 'RollingOut',
    summaryReason: 'WaitingForPods',
  } as const;
  expect(
    shown({ outcome: { state: 'done' }, components: [ready, { ...rolling, type: 'PluginReady' }] }),
  ).toEqual({
    Ready: 'False WaitingForPods',
    Reconciling: 'True Progressing',
    Stalled: 'False NotStalled',
    Available: 'False WaitingForPods',
    Progressing: 'True Reconciling',
    Degraded: 'False Healthy',
    AgentReady: 'True Ready',
    PluginReady: 'False RollingOut',
  });
});

test('a failed component outweighs one that rolls out', () => {
  const components = [
    { ...ready, type: 'A', state: 'progressing', reason: 'RollingOut' },
    { ...ready, type: 'B', state: 'failed', reason: 'Failed', summaryReason: 'DevicePluginFailed' },
  ] as const;
  expect(shown({ outcome: { state: 'done' }, components })).toMatchObject({
    Ready: 'False DevicePluginFailed',
    Reconciling: 'True Retrying',
    Degraded: 'True DevicePluginFailed',
    Progressing: 'True Reconciling',
  });
});

test('what is advisory is shown and fails nothing', () => {
  const advice = {
    ...ready,
    type: 'ConflictFree',
    state: 'failed',
    reason: 'Shared',
    advisory: true,
  } as const;
  expect(shown({ outcome: { state: 'done' }, components: [advice, ready] })).toMatchObject({
    Ready: 'True Ready',
    Degraded: 'False Healthy',
    ConflictFree: 'False Shared',
  });
});

test('an error is degraded and tried again, a stalled object is degraded and waits for a change', () => {
  expect(shown({ outcome: { state: 'failed', reason: 'ApiError' } })).toMatchObject({
    Ready: 'False ApiError',
    Reconciling: 'True Retrying',
    Stalled: 'False NotStalled',
    Degraded: 'True ApiError',
  });
  expect(shown({ outcome: { state: 'stalled', reason: 'AnotherCXIDriverActive' } })).toMatchObject({
    Ready: 'False AnotherCXIDriverActive',
    Reconciling: 'False Reconciled',
    Stalled: 'True AnotherCXIDriverActive',
    Progressing: 'False AnotherCXIDriverActive',
    Degraded: 'True AnotherCXIDriverActive',
  });
});

test('something may be available while it still changes', () => {
  const available = { status: true, reason: 'Ready', message: '2 nodes ready' };
  expect(shown({ outcome: { state: 'working' }, available })).toMatchObject({
    Ready: 'False Reconciling',
    Available: 'True Ready',
  });
});

test('a component nobody can tell about is Unknown, and nothing is ready then', () => {
  expect(
    shown({ outcome: { state: 'done' }, components: [{ ...ready, state: 'unknown', reason: 'NoData' }] }),
  ).toMatchObject({ Ready: 'False NoData', AgentReady: 'Unknown NoData' });
});

test('conditions carry the generation, and a time in whole seconds that changes with the status only', () => {
  const first = summarise({ generation: 1, outcome: { state: 'working' }, now });
  expect(first[0]).toMatchObject({ observedGeneration: 1, lastTransitionTime: '2026-06-01T12:00:00Z' });
  const later = now + 60_000;
  const second = summarise({
    generation: 2,
    outcome: { state: 'working', message: 'step 2' },
    previous: first,
    now: later,
  });
  expect(second[0]).toMatchObject({ ...first[0], message: 'step 2', observedGeneration: 2 });
  const third = summarise({ generation: 2, outcome: { state: 'done' }, previous: second, now: later });
  expect(third[0]).toMatchObject({
    type: 'Ready',
    status: 'True',
    lastTransitionTime: '2026-06-01T12:01:00Z',
  });
});

test('a component that is no longer named loses its condition', () => {
  const previous = summarise({ generation: 1, outcome: { state: 'done' }, components: [ready], now });
  const next = summarise({ generation: 1, outcome: { state: 'done' }, previous, now });
  expect(next.map(({ type }) => type)).not.toContain('AgentReady');
});

test('reasons the API would refuse are mended', () => {
  const reasonOf = (reason: string): unknown =>
    summarise({ generation: 1, outcome: { state: 'failed', reason }, now })[0]?.reason;
  expect([reasonOf(''), reasonOf('no good!'), reasonOf('9Lives'), reasonOf('Ends:')]).toEqual([
    'Failed',
    'nogood',
    'Lives',
    'Ends',
  ]);
});

const outcomes = fc.record({
  state: fc.constantFrom('done', 'working', 'failed', 'stalled'),
  reason: fc.string(),
  message: fc.string(),
}) as fc.Arbitrary<Outcome>;
const states = fc.record({
  type: fc.constantFrom('A', 'B', 'C'),
  state: fc.constantFrom('ready', 'progressing', 'failed', 'unknown'),
  reason: fc.string(),
  message: fc.string(),
}) as fc.Arbitrary<ComponentState>;
const components = fc.uniqueArray(states, { selector: ({ type }) => type });

function statusOf(conditions: readonly Condition[], type: string): boolean {
  return conditions.find((condition) => condition.type === type)?.status === 'True';
}

test('the same input a second time gives an equal array, so that nothing is written', () => {
  fc.assert(
    fc.property(outcomes, components, fc.nat(1e9), (outcome, parts, passed) => {
      const first = summarise({ generation: 3, outcome, components: parts, now });
      const second = summarise({
        generation: 3,
        outcome,
        components: parts,
        previous: first,
        now: now + passed,
      });
      expect(second).toEqual(first);
    }),
  );
});

test('an object is ready, reconciling or stalled: always exactly one', () => {
  fc.assert(
    fc.property(outcomes, components, (outcome, parts) => {
      const conditions = summarise({ generation: 3, outcome, components: parts, now });
      const count = ['Ready', 'Reconciling', 'Stalled'].filter((type) => statusOf(conditions, type)).length;
      expect(count).toBe(1);
      expect(statusOf(conditions, 'Degraded') && statusOf(conditions, 'Ready')).toBe(false);
      for (const { reason } of conditions) expect(reason).toMatch(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/);
    }),
  );
});
