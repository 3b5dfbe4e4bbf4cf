import { expect, test } from '@jest/globals';
import type { DaemonSet, Event } from '@rackwright/kube';
import { describeFailures, failedNodes } from './agent-failure.ts';
import { gaugeKind } from './gauge-kind.test-data.ts';
import { refusedPods } from './refused-pods.ts';

function daemonSet(component: string, desired: number, current: number): DaemonSet {
  return {
    metadata: {
      name: `x-${component}`,
      uid: component,
      labels: { 'app.kubernetes.io/component': component },
    },
    status: { desiredNumberScheduled: desired, currentNumberScheduled: current },
  };
}

function refused(component: string, note: string, deprecatedLastTimestamp = '2026-01-01T00:00:00Z'): Event {
  return {
    reason: 'FailedCreate',
    note: `Error creating: ${note}`,
    regarding: { uid: component },
    deprecatedLastTimestamp,
  };
}

const forbidden = (why: string): string => `pods "x-gauge-" is forbidden: ${why}`;

test.each<[string, string, string]>([
  [
    'a priority class nobody made',
    forbidden('no PriorityClass with name hpc-agents was found'),
    'gauge on 3 nodes: pod refused: no PriorityClass with name hpc-agents was found; make that PriorityClass or change spec.priorityClassName',
  ],
  [
    'a quota',
    forbidden('exceeded quota: pods, requested: pods=1, used: pods=2, limited: pods=2'),
    'raise the ResourceQuota',
  ],
  [
    'Pod Security',
    forbidden('violates PodSecurity "baseline:latest": hostPath volumes'),
    'pod-security.kubernetes.io/enforce=privileged',
  ],
  [
    'an account somebody deleted',
    forbidden('error looking up service account x/x-gauge: serviceaccount "x-gauge" not found'),
    'see who deletes the account',
  ],
  [
    'a webhook',
    'admission webhook "images.corp" denied the request: unsigned',
    'exempt the namespace from that webhook',
  ],
  [
    'a policy',
    forbidden("ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no"),
    'exempt the namespace from that policy',
  ],
  ['anything else', 'etcdserver: too large', 'see kubectl describe'],
])('pods refused before they exist, by %s: the cause and the remedy', (_, note, words) => {
  expect(
    describeFailures(refusedPods(gaugeKind, [daemonSet('gauge', 3, 0)], [refused('gauge', note)])),
  ).toContain(words);
});

test('the newest refusal counts, and only of a DaemonSet that lacks pods', () => {
  const events = [
    refused('gauge', 'newer', '2026-01-01T00:02:00Z'),
    refused('gauge', 'older', '2026-01-01T00:01:00Z'),
    refused('lever', 'over'),
  ];
  const failures = refusedPods(gaugeKind, [daemonSet('gauge', 3, 1), daemonSet('lever', 3, 3)], events);
  expect(failures).toMatchObject([{ component: 'gauge', nodes: 2, cause: 'pod refused: newer' }]);
});

test('agents refused on the same nodes are not counted twice', () => {
  const two = ['gauge', 'lever'];
  const failures = refusedPods(
    gaugeKind,
    two.map((component) => daemonSet(component, 3, 0)),
    two.map((component) => refused(component, 'no')),
  );
  expect(failedNodes(failures)).toEqual({ named: new Set(), unnamed: 3 });
});
