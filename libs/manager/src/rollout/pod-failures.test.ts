import { describe, expect, test } from '@jest/globals';
import type { ContainerStatus, Event, Pod } from '@rackwright/kube';
import fc from 'fast-check';
import { type AgentFailure, describeFailures, failedNodes } from './agent-failure.ts';
import { gaugeKind } from './gauge-kind.test-data.ts';
import { podFailures } from './pod-failures.ts';
import { agentPod, ended, waitingFor } from './pod-fixtures.test-data.ts';

function told(pod: Pod, events: Event[] = []): string {
  return describeFailures(podFailures(gaugeKind, [pod], events));
}

const looping: Partial<ContainerStatus> = {
  ...waitingFor('CrashLoopBackOff', 'back-off 40s'),
  restartCount: 4,
};
const running: Partial<ContainerStatus> = { state: { running: {} } };

describe('a pod that does not start says which, where, why and what helps', () => {
  test.each<[string, Partial<ContainerStatus>, string[]]>([
    [
      'an image that cannot be pulled',
      waitingFor('ImagePullBackOff', 'Back-off pulling image "registry/x:1": not found'),
      [
        'ImagePullBackOff of registry/x:1: Back-off pulling',
        'not found; check the name of the image',
        'imagePullSecrets',
      ],
    ],
    [
      'a first failed pull',
      waitingFor('ErrImagePull', 'unauthorized'),
      ['ErrImagePull of registry/x:1: unauthorized'],
    ],
    [
      'a name that is no image',
      waitingFor('InvalidImageName'),
      ['InvalidImageName of registry/x:1; check the name'],
    ],
    [
      'something its configuration names',
      waitingFor('CreateContainerConfigError', 'configmap "y" not found'),
      ['CreateContainerConfigError: configmap "y" not found; make what the message names'],
    ],
    [
      'a process that ends again and again',
      { ...looping, lastState: ended(78, { message: 'no such flag:\n  --x' }) },
      ['CrashLoopBackOff, last exit code 78: no such flag: --x; mend'],
    ],
    [
      'one that needs more memory',
      { ...looping, lastState: ended(137, { reason: 'OOMKilled' }) },
      ['OOMKilled', 'raise spec.gauge.resources.limits.memory'],
    ],
    [
      'one that loops and runs for the moment',
      { ...running, restartCount: 3, lastState: ended(1, { message: 'boom' }) },
      ['CrashLoopBackOff, last exit code 1: boom'],
    ],
    ['one that has just ended', { state: ended(1, { message: 'boom' }) }, ['last exit code 1: boom']],
  ])('%s', (_, container, words) => {
    const [failure] = podFailures(gaugeKind, [agentPod('n3', container)]);
    expect(failure).toMatchObject({ node: 'n3', component: 'gauge', definite: true });
    const sentence = told(agentPod('n3', container));
    expect(sentence).toMatch(/^gauge on node n3 \(pod x-gauge-n3\): /);
    for (const word of words) expect(sentence).toContain(word);
  });

  test('no room on its node, which it names before it is scheduled', () => {
    const { metadata } = agentPod('n3');
    const nodeSelectorTerms = [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n3'] }] }];
    const pod: Pod = {
      ...(metadata === undefined ? {} : { metadata }),
      spec: {
        containers: [],
        affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
      },
      status: {
        phase: 'Pending',
        conditions: [
          {
            type: 'PodScheduled',
            status: 'False',
            reason: 'Unschedulable',
            message: '0/3 nodes: Insufficient cpu',
          },
        ],
      },
    };
    expect(told(pod)).toContain(
      'gauge on node n3 (pod x-gauge-n3): Unschedulable: 0/3 nodes: Insufficient cpu; make room',
    );
  });

  test('a pod the kubelet threw out', () => {
    const pod = agentPod(
      'n3',
      {},
      { phase: 'Failed', reason: 'Evicted', message: 'low on resource: memory' },
    );
    expect(told(pod)).toContain('Evicted: low on resource: memory; give the node');
  });

  test('a folder of the host that is not there, known from an event about this pod', () => {
    const pod = agentPod('n3', waitingFor('ContainerCreating'));
    const event: Event = {
      reason: 'FailedMount',
      note: 'hostPath type check failed',
      regarding: { uid: 'uid-n3' },
    };
    expect(told(pod, [event])).toContain(
      'FailedMount: hostPath type check failed; see that the node has the folders',
    );
    const other = { ...event, regarding: { uid: 'somebody' } };
    expect(podFailures(gaugeKind, [pod], [other])).toMatchObject([{ definite: false }]);
    const begun = agentPod('n3', { ...running }, { phase: 'Running' });
    expect(podFailures(gaugeKind, [begun], [event])).toMatchObject([{ definite: false }]);
  });
});

describe('a pod is not called failed', () => {
  test.each<[string, Pod, number]>([
    ['when it is ready', agentPod('n1', { ...running, ready: true }, { phase: 'Running' }), 0],
    [
      'when it has ended once before and runs',
      agentPod('n1', { ...running, restartCount: 1, lastState: ended(1) }),
      1,
    ],
    ['while its container is made', agentPod('n1', waitingFor('ContainerCreating')), 1],
    ['while it runs and is not ready yet', agentPod('n1', running, { phase: 'Running' }), 1],
  ])('%s', (_, pod, unready) => {
    const failures = podFailures(gaugeKind, [pod]);
    expect(failures).toHaveLength(unready);
    for (const { definite } of failures) expect(definite).toBe(false);
  });

  test('while it ends', () => {
    const pod = agentPod('n1', waitingFor('ImagePullBackOff'));
    const ending = { ...pod, metadata: { ...pod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
    expect(podFailures(gaugeKind, [ending])).toEqual([]);
  });

  test('when it is none of ours', () => {
    const { metadata: _, ...pod } = agentPod('n1', waitingFor('ImagePullBackOff'));
    expect(podFailures(gaugeKind, [pod])).toEqual([]);
  });
});

test('of many failures one is told and the others are counted', () => {
  const pods = ['n3', 'n1', 'n2'].map((node) => agentPod(node, waitingFor('InvalidImageName')));
  const starting = agentPod('n0', waitingFor('ContainerCreating'));
  expect(describeFailures(podFailures(gaugeKind, [starting, ...pods]))).toMatch(
    /^gauge on node n1 .*, and 3 more$/,
  );
});

const reasons = fc.constantFrom('ImagePullBackOff', 'ContainerCreating', 'CrashLoopBackOff', 'SomethingNew');
const anyPod = fc
  .record({
    node: fc.constantFrom('n1', 'n2', 'n3'),
    reason: reasons,
    message: fc.string(),
    ready: fc.boolean(),
  })
  .map(({ node, reason, message, ready }) => agentPod(node, { ...waitingFor(reason, message), ready }));

test('whatever pods there are: the order does not matter, every node that lacks one is named, and the text is short', () => {
  fc.assert(
    fc.property(fc.array(anyPod, { maxLength: 8 }), (pods) => {
      const failures = podFailures(gaugeKind, pods);
      const text = describeFailures(failures);
      const unready = pods.filter(({ status }) => status?.conditions?.[0]?.status !== 'True');
      expect(failures).toHaveLength(unready.length);
      expect([...failedNodes(failures).named].sort()).toEqual(
        [...new Set(unready.map(({ spec }) => spec?.nodeName))].sort(),
      );
      expect(text === '').toBe(failures.length === 0);
      expect(text.length).toBeLessThan(700);
      expect(text).not.toMatch(/\n/);
      // Equal in all that is compared, two failures may only differ in their message.
      const shown = (one: AgentFailure[]): string => describeFailures(one).split(':')[0] ?? '';
      expect(shown([...failures].reverse())).toBe(shown(failures));
    }),
  );
});
