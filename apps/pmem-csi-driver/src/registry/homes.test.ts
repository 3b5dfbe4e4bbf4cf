import { expect, test } from '@jest/globals';
import { homeOf } from './homes.ts';

const label = 'pmem-csi.intel.com/node';
const csi = { driver: 'pmem-csi.intel.com', volumeHandle: 'v' };
const affinity = (key: string) => ({
  required: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: 'In', values: ['worker-2'] }] }] },
});

test.each([
  ['by its context', { csi: { ...csi, volumeAttributes: { node: 'worker-1' } } }, 'worker-1'],
  ['of an older driver by where it can be used', { csi, nodeAffinity: affinity(label) }, 'worker-2'],
  ['of another driver not', { csi, nodeAffinity: affinity('zone') }, undefined],
  ['that says nothing not', { csi }, undefined],
  ['with an empty affinity not', { csi, nodeAffinity: {} }, undefined],
])('the node of a PersistentVolume is known %s', (_, spec, home) => {
  expect(homeOf({ spec }, label)).toBe(home);
});
