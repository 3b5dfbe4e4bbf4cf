import { describe, expect, test } from '@jest/globals';
import type { AidaptivCacheSpec } from '@rackwright/api';
import type { Pod } from '@rackwright/kube';
import type { JudgedNode } from '../plan.ts';
import { nextToEvict, nodesToClear } from './consumers.ts';
import { judgeNode } from './verdict.ts';

const now = Date.UTC(2026, 0, 1);
const recovery = {
  ...{ mode: 'Auto', actions: ['Rescan', 'EvictConsumers'], maxConcurrentNodes: 1 },
} as AidaptivCacheSpec['recovery'];

interface Situation {
  readonly stale?: boolean;
  readonly heardAgoMs?: number;
  readonly maintenance?: string;
  readonly unschedulable?: boolean;
}

function node(name: string, situation: Situation = {}): JudgedNode {
  const { stale = true, heardAgoMs = 0, maintenance, unschedulable } = situation;
  const report = {
    status: {
      cache: { state: 'Lost' as const, ...(stale && { staleConsumers: true }) },
      heartbeatTime: new Date(now - heardAgoMs).toISOString(),
    },
  };
  const annotations = maintenance === undefined ? {} : { 'phison.com/ai100-maintenance': maintenance };
  const spec = unschedulable === undefined ? {} : { unschedulable };
  return { node: { metadata: { name, annotations }, spec }, report, verdict: judgeNode(report, now) };
}

describe('pods are evicted', () => {
  const hour = 3_600_000;
  test.each<[string, Partial<AidaptivCacheSpec['recovery']>, JudgedNode[], string[]]>([
    ['from the node whose agent says so', {}, [node('a'), node('b', { stale: false })], ['a']],
    ['from no more nodes at a time than may be worked on', {}, [node('b'), node('a')], ['a']],
    ['from as many as may', { maxConcurrentNodes: 2 }, [node('b'), node('a'), node('c')], ['a', 'b']],
    ['not where it is no action', { actions: ['Rescan'] }, [node('a')], []],
    ['not in a dry run', { mode: 'DryRun' }, [node('a')], []],
    ['not where recovery is off', { mode: 'Off' }, [node('a')], []],
    ['not on the word of an agent that is silent', {}, [node('a', { heardAgoMs: hour })], []],
    ['not from a node in maintenance', {}, [node('a', { maintenance: 'true' })], []],
    ['from one whose maintenance is over', {}, [node('a', { maintenance: 'false' })], ['a']],
    ['not from a node that is cordoned', {}, [node('a', { unschedulable: true })], []],
  ])('%s', (_name, changes, nodes, expected) => {
    expect(nodesToClear({ ...recovery, ...changes }, nodes)).toEqual(expected);
  });
});

describe('the next pod of a node', () => {
  const resource = 'phison.com/ai100';
  const pod = (name: string, more: Partial<Pod> = {}, limits = { [resource]: '1' }): Pod => ({
    metadata: { name, namespace: 'ns', ...more.metadata },
    spec: { containers: [{ name: 'plain' }, { name: 'c', resources: { limits } }], ...more.spec },
    status: { phase: 'Running', ...more.status },
  });
  const ending = pod('z', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } });

  test.each<[string, Pod[], string | undefined]>([
    ['is the first by name that has units', [pod('b'), pod('a', {}, { cpu: '1' } as never), pod('c')], 'b'],
    ['is none without units', [pod('a', {}, {} as never)], undefined],
    ['is none while another is on its way', [pod('a'), ending], undefined],
    ['is none that has ended', [pod('a', { status: { phase: 'Succeeded' } })], undefined],
    [
      'is one whose sidecar has units',
      [
        pod('a', {
          spec: {
            containers: [{ name: 'c' }],
            initContainers: [{ name: 's', resources: { limits: { [resource]: '1' } } }],
          },
        }),
      ],
      'a',
    ],
  ])('%s', (_name, pods, expected) => {
    expect(nextToEvict(pods, resource)?.metadata?.name).toBe(expected);
  });
});
