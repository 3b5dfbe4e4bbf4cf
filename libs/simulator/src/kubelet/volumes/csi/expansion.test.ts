import { expect, test } from '@jest/globals';
import type { PersistentVolumeClaim } from '@rackwright/kube';
import { expansionDone, expansionFailed, pendingExpansion } from './expansion.ts';

type Status = NonNullable<PersistentVolumeClaim['status']>;

function claim(status: Status): PersistentVolumeClaim {
  return {
    metadata: { name: 'c', resourceVersion: '7' },
    status: { capacity: { storage: '1Gi' }, ...status },
  };
}

const asked = { allocatedResources: { storage: '2Gi' } };

test.each(['NodeResizePending', 'NodeResizeInProgress'])(
  'a claim in %s asks the node for more',
  (storage) => {
    const status = { ...asked, allocatedResourceStatuses: { storage } };
    expect(pendingExpansion(claim(status))).toEqual({ size: '2Gi', bytes: 2n ** 31n });
  },
);

test.each([
  ['nobody asks', {}],
  [
    'the controller is still at it',
    { ...asked, allocatedResourceStatuses: { storage: 'ControllerResizeInProgress' } },
  ],
  [
    'it has been found impossible',
    { ...asked, allocatedResourceStatuses: { storage: 'NodeResizeInfeasible' } },
  ],
  [
    'it is large enough',
    { allocatedResources: { storage: '1Gi' }, allocatedResourceStatuses: { storage: 'NodeResizePending' } },
  ],
] as const)('nothing is to be done on the node when %s', (_, status) => {
  expect(pendingExpansion(claim(status))).toBeUndefined();
});

const conditions = [
  { type: 'FileSystemResizePending', status: 'True' as const },
  { type: 'ModifyingVolume', status: 'True' as const },
];

test('a claim that has grown tells the new size, and no more of growing', () => {
  expect(expansionDone(claim({ conditions }), { size: '2Gi', bytes: 0n })).toEqual({
    metadata: { resourceVersion: '7' },
    status: {
      capacity: { storage: '2Gi' },
      allocatedResourceStatuses: null,
      conditions: [{ type: 'ModifyingVolume', status: 'True' }],
    },
  });
});

test('a claim that cannot grow says why, and whether it is tried again', () => {
  const options = { message: 'no room', time: 'now', infeasible: false };
  const condition = { type: 'NodeResizeError', status: 'True', lastTransitionTime: 'now' };
  const told = [...conditions, { ...condition, message: 'failed to expand pvc with no room' }];
  expect(expansionFailed(claim({ conditions }), options).status).toEqual({ conditions: told });
  expect(expansionFailed(claim({ conditions }), { ...options, infeasible: true }).status).toEqual({
    conditions: told,
    allocatedResourceStatuses: { storage: 'NodeResizeInfeasible' },
  });
});
