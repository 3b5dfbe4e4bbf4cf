import { expect, test } from '@jest/globals';
import { ManualClock, silentLogger } from '@rackwright/core';
import type { KubeClient, ResourceType } from '@rackwright/kube';
import { VirtualNodes } from './virtual-nodes.ts';

const { signal } = new AbortController();

function counter(nodes: Readonly<Record<string, readonly string[]>>) {
  const asked: string[] = [];
  const state = { fails: false };
  const list = async ({ plural }: ResourceType, { labelSelector = '' }: { labelSelector?: string }) => {
    asked.push(`${plural} ${labelSelector}`);
    if (state.fails) throw new Error('forbidden');
    return {
      items: (nodes[labelSelector] ?? []).map((name) => ({ metadata: { name } })),
      resourceVersion: '1',
    };
  };
  const clock = new ManualClock();
  const client = { list } as unknown as KubeClient;
  return { asked, state, clock, virtualNodes: new VirtualNodes({ client, clock, logger: silentLogger }) };
}

test('a node is counted once, however many labels say that it is virtual', async () => {
  const { virtualNodes } = counter({
    'type in (virtual-kubelet,kwok)': ['vk1', 'vk2'],
    'virtual-kubelet.io/provider': ['vk1'],
  });
  expect(await virtualNodes.count({}, signal)).toEqual({ count: 2, againAfterMs: 600_000 });
});

test('only nodes the driver selects are counted, and not by a label it names itself', async () => {
  const { virtualNodes, asked } = counter({});
  await virtualNodes.count({ pool: 'hpc', type: 'kwok' }, signal);
  expect(asked).toEqual([
    'nodes virtual-kubelet.io/provider,pool=hpc,type=kwok',
    'nodes eks.amazonaws.com/compute-type in (fargate),pool=hpc,type=kwok',
    'nodes liqo.io/type in (virtual-node),pool=hpc,type=kwok',
  ]);
});

test('they are counted every ten minutes, and anew for another selector', async () => {
  const { virtualNodes, asked, clock } = counter({ 'liqo.io/type in (virtual-node)': ['l1'] });
  await virtualNodes.count({}, signal);
  await clock.advance(599_000);
  expect(await virtualNodes.count({}, signal)).toEqual({ count: 1, againAfterMs: 1000 });
  expect(asked).toHaveLength(4);
  await clock.advance(1000);
  await virtualNodes.count({}, signal);
  await virtualNodes.count({ pool: 'hpc' }, signal);
  expect(asked).toHaveLength(12);
});

test('when the API server refuses, the last count stays', async () => {
  const { virtualNodes, clock, state } = counter({ 'liqo.io/type in (virtual-node)': ['l1'] });
  await virtualNodes.count({}, signal);
  await clock.advance(600_000);
  state.fails = true;
  expect((await virtualNodes.count({}, signal)).count).toBe(1);
});
