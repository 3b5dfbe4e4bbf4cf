import { describe, expect, test } from '@jest/globals';
import { aidaptivCache } from '@rackwright/keys';
import type { Node } from '@rackwright/kube';
import { type NodeWrite, planNode, planNodeRemoval } from './plan-nodes.ts';
import type { Finding, NodeVerdict } from './verdict.ts';

const now = Date.UTC(2026, 0, 1);
const before = '2025-12-31T00:00:00Z';
const { healthLabel, taint: key, nodeCondition } = aidaptivCache;

const finding = (type: string, status: Finding['status']): Finding => ({
  ...{ type, status, reason: 'Reason', message: 'message' },
});

function verdict(device: Finding['status'], health?: NodeVerdict['health']): NodeVerdict {
  return {
    ...(health !== undefined && { health }),
    deviceProblem: finding(nodeCondition.deviceProblem, device),
    cacheUnavailable: finding(nodeCondition.cacheUnavailable, 'False'),
  };
}

const foreignTaint = { key: 'example.com/busy', effect: 'NoSchedule' };
const kubeletReady = { type: 'Ready', status: 'True', reason: 'KubeletReady', message: '' };

/** A node on which others have written, too. */
function node(more: { taints?: object[]; conditions?: object[]; label?: string } = {}): Node {
  const { taints = [], conditions = [], label } = more;
  return {
    metadata: {
      name: 'n1',
      labels: { 'example.com/rack': '7', ...(label !== undefined && { [healthLabel]: label }) },
    },
    spec: { taints: [foreignTaint, ...taints] },
    status: { conditions: [kubeletReady, ...conditions] },
  } as Node;
}

const told = ({ deviceProblem, cacheUnavailable }: NodeVerdict): object[] =>
  [deviceProblem, cacheUnavailable].map((one) => ({
    ...{ ...one, lastHeartbeatTime: before, lastTransitionTime: before },
  }));

function written(write: NodeWrite | undefined): Partial<NodeWrite> {
  const { node: _, ...rest }: Partial<NodeWrite> = write ?? {};
  return rest;
}

describe('a node', () => {
  test('without anything of ours gets its label and conditions, and no taint unless it is asked for', () => {
    const { labels, conditions, taints } = planNode(node(), verdict('True', 'unhealthy'), 'None', now) ?? {};
    expect(labels).toEqual({ [healthLabel]: 'unhealthy' });
    expect(
      conditions?.map(({ type, status, lastTransitionTime }) => [type, status, lastTransitionTime]),
    ).toEqual([
      ['AI100DeviceProblem', 'True', '2026-01-01T00:00:00Z'],
      ['AI100CacheUnavailable', 'False', '2026-01-01T00:00:00Z'],
    ]);
    expect(taints).toBeUndefined();
  });

  test('that is as it should be is left alone', () => {
    const bad = verdict('True', 'unhealthy');
    const taints = [{ key, effect: 'NoSchedule' }];
    const one = node({ conditions: told(bad), taints, label: 'unhealthy' });
    expect(planNode(one, bad, 'NoSchedule', now)).toBeUndefined();
  });

  test('keeps the time of a condition that only says another reason', () => {
    const old = verdict('True', 'unhealthy');
    const next = { ...old, deviceProblem: { ...old.deviceProblem, reason: 'Other' } };
    const one = node({ conditions: told(old), label: 'unhealthy' });
    const { conditions } = written(planNode(one, next, 'None', now));
    expect(conditions?.map(({ reason, lastTransitionTime }) => [reason, lastTransitionTime])).toEqual([
      ['Other', before],
      ['Reason', before],
    ]);
  });

  test('loses the label while nobody knows how it is', () => {
    const unknown = verdict('Unknown');
    const one = node({ conditions: told(unknown), label: 'healthy' });
    expect(written(planNode(one, unknown, 'None', now))).toEqual({ labels: {} });
  });
});

describe('the taint', () => {
  type Row = [string, Finding['status'], 'None' | 'NoSchedule' | 'NoExecute', string | undefined, unknown];
  const mine = (effect: string): object => ({ key, effect });
  test.each<Row>([
    ['comes with a problem', 'True', 'NoSchedule', undefined, [foreignTaint, mine('NoSchedule')]],
    ['changes its effect', 'True', 'NoExecute', 'NoSchedule', [foreignTaint, mine('NoExecute')]],
    ['goes with the problem', 'False', 'NoSchedule', 'NoSchedule', [foreignTaint]],
    ['goes when it is no longer asked for', 'True', 'None', 'NoSchedule', [foreignTaint]],
    ['stays while nobody knows', 'Unknown', 'NoSchedule', 'NoSchedule', undefined],
    ['does not come while nobody knows', 'Unknown', 'NoSchedule', undefined, undefined],
  ])('%s, and those of others stay', (_name, status, effect, there, expected) => {
    const known = verdict(status, 'healthy');
    const taints = there === undefined ? [] : [mine(there)];
    const one = node({ conditions: told(known), taints, label: 'healthy' });
    expect(planNode(one, known, effect, now)?.taints).toEqual(expected);
  });
});

describe('removal', () => {
  test('takes what is ours and leaves the rest', () => {
    const one = node({
      conditions: told(verdict('True')),
      taints: [{ key, effect: 'NoExecute' }],
      label: 'unhealthy',
    });
    expect(written(planNodeRemoval(one))).toEqual({ labels: {}, conditions: [], taints: [foreignTaint] });
  });

  test('of a node without anything of ours does nothing', () => {
    expect(planNodeRemoval(node())).toBeUndefined();
  });
});
