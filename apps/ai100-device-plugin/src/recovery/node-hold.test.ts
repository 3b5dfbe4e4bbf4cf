import { expect, test } from '@jest/globals';
import type { Node } from '@rackwright/kube';
import { holdOf, nodeHold } from './node-hold.ts';

const ready: Node = { status: { conditions: [{ type: 'Ready', status: 'True' }] } };
const suspended = [{ type: 'RecoverySuspended', status: 'True' }];

test.each<[string, Node, typeof suspended, string | undefined]>([
  ['a node that is well', ready, [], undefined],
  [
    'a kubelet that is not ready',
    { status: { conditions: [{ type: 'Ready', status: 'Unknown' }] } },
    [],
    'KubeletNotReady',
  ],
  ['a node without conditions', {}, [], 'KubeletNotReady'],
  [
    'maintenance',
    { ...ready, metadata: { annotations: { 'phison.com/ai100-maintenance': 'true' } } },
    [],
    'Maintenance',
  ],
  ['a cordon', { ...ready, spec: { unschedulable: true } }, [], 'Cordoned'],
  ['too many failures in the cluster', ready, suspended, 'RecoverySuspended'],
  ['a suspension that is over', ready, [{ type: 'RecoverySuspended', status: 'False' }], undefined],
])('%s', (_name, node, conditions, reason) => {
  expect(holdOf(node, conditions)?.reason).toBe(reason);
});

test('an API server that does not answer says no', async () => {
  const client = { get: () => Promise.reject(new Error('connection refused')) };
  const hold = await nodeHold(client, 'n1', new AbortController().signal);
  expect(hold).toMatchObject({ reason: 'NodeUnknown', message: expect.stringMatching(/connection refused/) });
});
