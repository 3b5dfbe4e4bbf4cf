import { expect, test } from '@jest/globals';
import { summarise } from '@rackwright/controller';
import type { DaemonSet } from '@rackwright/kube';
import type { AgentFailure } from './agent-failure.ts';
import { gaugeKind } from './gauge-kind.test-data.ts';
import { awaitedDaemonSets, type RolloutInput, reportRollouts } from './report.ts';

type Name = 'gauge' | 'lever';
const now = Date.UTC(2026, 0, 1, 12);

function daemonSet(name: Name, desired: number, available: number): DaemonSet {
  const status = { desiredNumberScheduled: desired, updatedNumberScheduled: desired };
  return {
    metadata: { name, generation: 1, labels: { 'app.kubernetes.io/component': name } },
    status: { ...status, observedGeneration: 1, numberAvailable: available },
  };
}

/** The report, and the conditions an object of the kind would show, as `type=status/reason`. */
function report(daemonSets: readonly DaemonSet[], more: Partial<RolloutInput<Name>> = {}) {
  const result = reportRollouts<Name>({
    ...{ kind: gaugeKind, wanted: ['gauge', 'lever'], daemonSets, failures: [], previous: undefined },
    ...{ generation: 1, timeoutMs: 60_000, now, ...more },
  });
  const { states: components, available } = result;
  const conditions = summarise({ generation: 1, outcome: { state: 'done' }, components, available, now });
  const shown = Object.fromEntries(
    conditions.map(({ type, status, reason }) => [type, `${status}/${reason}`]),
  );
  return { ...result, shown, message: conditions[0]?.message };
}

const badImage: AgentFailure<Name> = {
  ...{ component: 'lever', node: 'n2', pod: 'lever-x', nodes: 1, definite: true },
  ...{ cause: 'ErrImagePull', remedy: 'check the name' },
};

test('agents that serve every node they are meant for make the object ready', () => {
  const { nodes, shown } = report([daemonSet('gauge', 3, 3), daemonSet('lever', 2, 2)]);
  expect(nodes).toEqual({ nodes: 3, ready: 3, updating: 0, failed: 0 });
  expect(shown).toMatchObject({
    ...{ Ready: 'True/Ready', Available: 'True/Ready', Degraded: 'False/Healthy' },
    ...{ GaugeReady: 'True/Ready', LeverReady: 'True/Ready' },
  });
});

test('without hardware there is nothing to do, which its kind says in its own words', () => {
  const { states } = report([daemonSet('gauge', 0, 0), daemonSet('lever', 0, 0)]);
  expect(states[0]).toMatchObject({ state: 'ready', message: 'no node has a gauge' });
});

test('an agent that cannot run degrades the object by its name, with node, cause and remedy', () => {
  const seen = [daemonSet('gauge', 3, 3), daemonSet('lever', 3, 2)];
  const { nodes, shown, message } = report(seen, { failures: [badImage] });
  expect(nodes).toEqual({ nodes: 3, ready: 2, updating: 0, failed: 1 });
  expect(shown).toMatchObject({
    ...{ Ready: 'False/SomeLeversFailed', Degraded: 'True/SomeLeversFailed' },
    ...{ Available: 'False/NodesFailed', LeverReady: 'False/Failed' },
  });
  expect(message).toBe(
    'LeverReady: 2 of 3 pods ready; lever on node n2 (pod lever-x): ErrImagePull; check the name',
  );
  const none = report([daemonSet('gauge', 3, 3), daemonSet('lever', 3, 0)], { failures: [badImage] });
  expect(none.shown.Degraded).toBe('True/LeverFailed');
});

test('a rollout that stands still for longer than it may has failed, and says when it would', () => {
  const seen = [daemonSet('gauge', 3, 1), daemonSet('lever', 3, 3)];
  const first = report(seen);
  expect(first.progress).toMatchObject({ stuck: false, remainingMs: 60_000 });
  expect(first.shown).toMatchObject({ Progressing: 'True/Reconciling', GaugeReady: 'False/RollingOut' });
  const previous = {
    ...{ observedGeneration: 1, lastProgressTime: first.progress.lastProgressTime },
    components: first.rollouts.map(({ counts }) => counts),
  };
  const later = report(seen, { previous, now: now + 60_000 });
  expect(later.shown).toMatchObject({ Ready: 'False/GaugeFailed', GaugeReady: 'False/Failed' });
  expect(later.nodes).toMatchObject({ ready: 1, updating: 0, failed: 2 });
});

test('a node that is lost although the agents run there has failed', () => {
  const lost = { component: 'gauge', reason: 'Worn', message: 'n1 is worn', nodes: ['n1'] } as const;
  const seen = [daemonSet('gauge', 2, 2), daemonSet('lever', 2, 2)];
  const { nodes, shown, message } = report(seen, { impairments: [lost] });
  expect(nodes).toMatchObject({ ready: 1, failed: 1 });
  expect(shown).toMatchObject({ Ready: 'False/Worn', Available: 'False/NodesFailed' });
  expect(message).toBe('GaugeReady: 2 of 2 pods ready; n1 is worn');
});

test('what the API server refused is told by the agent it was meant for', () => {
  const planFailure = { component: 'gauge', message: 'no such namespace', terminal: false } as const;
  const { shown, message } = report([daemonSet('lever', 2, 2)], { planFailure });
  expect(shown).toMatchObject({ Ready: 'False/GaugeFailed', Available: 'False/WaitingForPods' });
  expect(message).toBe('GaugeReady: no such namespace');
});

test('of what is not wanted nothing is told, and nobody waits for it', () => {
  const seen = [daemonSet('gauge', 3, 1), daemonSet('lever', 3, 1)];
  const { states, nodes } = report([daemonSet('gauge', 3, 3), daemonSet('lever', 9, 0)], {
    ...{ wanted: ['gauge'], failures: [badImage] },
  });
  expect(states.map(({ type }) => type)).toEqual(['GaugeReady']);
  expect(nodes).toMatchObject({ nodes: 3, ready: 3 });
  expect(awaitedDaemonSets(['gauge'], seen)).toEqual([seen[0]]);
});
