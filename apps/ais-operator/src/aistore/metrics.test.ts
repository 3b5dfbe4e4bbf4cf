import { describe, expect, test } from '@jest/globals';
import { AisError } from '@rackwright/aistore';
import type { AIStore } from '@rackwright/api';
import { Registry } from '@rackwright/service';
import { disliked, promtoolExpected } from '@rackwright/testbed/without-nodes';
import { sampleCluster } from '../testing/sample.ts';
import type { AisCall } from './calls.ts';
import { addClusterMetrics, CallCounts, type MeteredClusters } from './metrics.ts';
import { type ChangedCluster, makeCalls } from './observed/observer.ts';

const node = (pod: string, state: string) => ({ pod, state });

/** A cluster whose third target is in maintenance, as the API server has it. */
function cluster(): AIStore {
  return {
    ...sampleCluster(),
    status: {
      state: 'Upgrading',
      conditions: [
        { type: 'Ready', status: 'False', reason: 'Upgrading', message: 'x', lastTransitionTime: '' },
      ],
      proxies: { desired: 3, current: 3, updated: 3, ready: 3 },
      targets: {
        ...{ desired: 3, current: 3, updated: 3, ready: 1 },
        nodes: [
          node('ais-target-0', 'Ready'),
          node('ais-target-1', 'Decommissioning'),
          node('ais-target-2', 'Maintenance'),
        ],
      },
    },
  };
}

async function scraped(change: Partial<MeteredClusters> = {}, calls = new CallCounts()): Promise<string> {
  const registry = new Registry();
  const metered = {
    ...{ clusters: () => [cluster()], lastGoodLook: () => 1_700_000_000_000, configDiffers: () => true },
    seen: () => ({
      ...{ at: 1_700_000_000_000, isReady: true },
      rebalance: { id: 'g2', running: true, aborted: false, endTime: undefined, error: '' },
    }),
    ...change,
  };
  addClusterMetrics(registry, metered, calls);
  return registry.metrics();
}

const samplesOf = (text: string): string[] =>
  text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

describe('weakness 22: /metrics tells of clusters', () => {
  test('how they are, who takes part, and what was asked of them', async () => {
    const calls = new CallCounts();
    calls.add('decommission', 'busy');
    calls.add('decommission', 'busy');
    calls.add('set config', 'success');
    const of = 'namespace="ais",cluster="ais"';
    expect(samplesOf(await scraped({}, calls))).toEqual([
      `ais_operator_cluster_state{${of},state="Upgrading"} 1`,
      `ais_operator_cluster_ready{${of}} 0`,
      `ais_operator_nodes_desired{${of},role="proxy"} 3`,
      `ais_operator_nodes_desired{${of},role="target"} 3`,
      `ais_operator_nodes_ready{${of},role="proxy"} 3`,
      `ais_operator_nodes_ready{${of},role="target"} 1`,
      `ais_operator_nodes_in_maintenance{${of},role="proxy"} 0`,
      `ais_operator_nodes_in_maintenance{${of},role="target"} 1`,
      `ais_operator_nodes_decommissioning{${of},role="proxy"} 0`,
      `ais_operator_nodes_decommissioning{${of},role="target"} 1`,
      `ais_operator_rebalance_running{${of}} 1`,
      `ais_operator_rebalance_aborted{${of}} 0`,
      `ais_operator_config_differs{${of}} 1`,
      `ais_operator_config_refused{${of}} 0`,
      `ais_operator_last_good_look_timestamp_seconds{${of}} 1700000000`,
      'ais_operator_calls_total{call="decommission",outcome="busy"} 2',
      'ais_operator_calls_total{call="set config",outcome="success"} 1',
    ]);
  });

  test('a replica that does not lead tells what the API server has, and nothing that it did not ask', async () => {
    const none = { seen: () => undefined, lastGoodLook: () => undefined, configDiffers: () => undefined };
    const names = samplesOf(await scraped(none)).map((line) => line.replace(/\{.*/, ''));
    expect(names).toContain('ais_operator_nodes_ready');
    for (const name of ['rebalance_running', 'config_differs', 'last_good_look_timestamp_seconds'])
      expect(names).not.toContain(`ais_operator_${name}`);
  });

  test('a cluster that is gone leaves nothing behind', async () => {
    const registry = new Registry();
    const there = [cluster()];
    const none = { seen: () => undefined, lastGoodLook: () => undefined, configDiffers: () => undefined };
    addClusterMetrics(registry, { clusters: () => there, ...none }, new CallCounts());
    expect(samplesOf(await registry.metrics())).not.toEqual([]);
    there.length = 0;
    expect(samplesOf(await registry.metrics())).toEqual([]);
  });

  test('each call is counted by how it ended', async () => {
    const change = (waiting: string[]) => async () => ({ rebalanceId: undefined, waiting });
    const asked: Partial<ChangedCluster> = {
      stopMaintenance: change([]),
      startMaintenance: change(['t2']),
      setConfig: () => Promise.reject(new AisError('InvalidArgument', 'no such key', { reason: 'Rejected' })),
      decommission: () =>
        Promise.reject(new AisError('Unavailable', 'reset', { reason: 'ConnectionFailed' })),
    };
    const pod = { node: 't2', pod: 'ais-target-2' };
    const plan: AisCall[] = [
      { kind: 'stop maintenance', ...pod },
      { kind: 'set config', config: {} },
      { kind: 'decommission', ...pod, removeUserData: false, optional: true },
      { kind: 'start maintenance', ...pod, rebalance: false },
      { kind: 'rebalance' },
    ];
    const counts = new CallCounts();
    await makeCalls(asked as ChangedCluster, plan, new AbortController().signal, (call, outcome) =>
      counts.add(call, outcome),
    );
    expect(counts.list().map(({ labels, count }) => [labels.call, labels.outcome, count])).toEqual([
      ['stop maintenance', 'success', 1],
      ['set config', 'refused', 1],
      ['decommission', 'error', 1],
      ['start maintenance', 'busy', 1],
    ]);
  });
});

const ifPromtool = promtoolExpected() ? test : test.skip;

ifPromtool('promtool dislikes no name (needs promtool)', async () => {
  const calls = new CallCounts();
  calls.add('rebalance', 'success');
  expect(disliked(await scraped({}, calls))).toEqual([]);
});
