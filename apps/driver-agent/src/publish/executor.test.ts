import { expect, test } from '@jest/globals';
import type { KubeObject, Regarding } from '@rackwright/kube';
import type { PlannedEvent } from '../plan/action.ts';
import { Executor } from './executor.ts';
import { ObservedState } from './observed-state.ts';

const event = (regarding: PlannedEvent['regarding']): PlannedEvent => ({
  ...{ regarding, type: 'Normal', reason: 'R', message: 'm' },
});

async function setUp(): Promise<{ executor: Executor; events: Regarding[]; calls: unknown[][] }> {
  const node = { metadata: { name: 'n1', uid: 'node-uid' } };
  const old = { metadata: { name: 'n1-cxi1', uid: 'old-uid' } };
  const observedState = new ObservedState(
    {
      get: async <T extends KubeObject>() => node as T,
      list: async <T extends KubeObject>() => ({ items: [old as T], resourceVersion: '1' }),
    },
    'n1',
  );
  await observedState.observe(new AbortController().signal);
  const events: Regarding[] = [];
  const calls: unknown[][] = [];
  const executor = new Executor({
    client: {
      apply: async (_, object) => ({ ...object, metadata: { ...object.metadata, uid: 'new-uid' } }),
      patch: async (type, key, patch, options) => {
        calls.push([type.plural, key, patch, options.subresource]);
        return { metadata: { name: key.name } } as never;
      },
      delete: async (type, key, options) => {
        calls.push([type.plural, key, options?.preconditions]);
      },
    },
    observedState,
    recorder: { emit: (regarding) => events.push(regarding) },
    node: 'n1',
  });
  return { executor, events, calls };
}

const signal = new AbortController().signal;

test('an event about an object that was just created carries the uid it got', async () => {
  const { executor, events } = await setUp();
  const regarding = { kind: 'CXIDevice', name: 'n1-cxi0' } as const;
  const object = { metadata: { name: 'n1-cxi0' } };
  await executor.execute({ kind: 'applyDevice', object, events: [event(regarding)] }, signal);
  expect(events).toEqual([
    { apiVersion: 'cxi.hpe.com/v1', kind: 'CXIDevice', name: 'n1-cxi0', uid: 'new-uid' },
  ]);
});

test('an event about an object that was deleted carries the uid it had; only that very object is deleted', async () => {
  const { executor, events, calls } = await setUp();
  const regarding = { kind: 'CXIDevice', name: 'n1-cxi1' } as const;
  await executor.execute(
    { kind: 'deleteDevice', name: 'n1-cxi1', uid: 'old-uid', events: [event(regarding)] },
    signal,
  );
  expect(events).toMatchObject([{ uid: 'old-uid' }]);
  expect(calls).toEqual([['cxidevices', { name: 'n1-cxi1' }, { uid: 'old-uid' }]]);
});

test('an event about the node carries its uid', async () => {
  const { executor, events } = await setUp();
  const driver = { ready: true, reason: 'DriverReady', message: '' };
  await executor.execute({ kind: 'announceDriver', driver, events: [event({ kind: 'Node' })] }, signal);
  expect(events).toEqual([{ apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'node-uid' }]);
});

test('labels are removed by a patch that names each', async () => {
  const { executor, calls } = await setUp();
  await executor.execute({ kind: 'unlabelNode', keys: ['a', 'b'], events: [] }, signal);
  expect(calls).toEqual([
    ['nodes', { name: 'n1' }, { metadata: { labels: { a: null, b: null } } }, undefined],
  ]);
});
