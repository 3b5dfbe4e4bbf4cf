import { describe, expect, test } from '@jest/globals';
import { readPmemCsiDeployment, readPmemDeployment } from '@rackwright/api';
import type { Node } from '@rackwright/kube';
import { conflictState } from './conflicts.ts';
import { olderDeployment, storedDeployment } from './testing/fixtures.ts';

const nodes: Node[] = ['node-1', 'node-2', 'node-3', 'node-4', 'node-5', 'node-6', 'node-7'].map(
  (name, i) => ({
    metadata: { name, labels: { storage: 'pmem', ...(i === 0 ? { kind: 'b' } : {}), odd: `${i % 2 === 0}` } },
  }),
);
const own = readPmemCsiDeployment(storedDeployment());
const other = (spec = {}, name = 'b.example.com') => readPmemCsiDeployment(storedDeployment(spec, name));

/** Reason and message that one of `own` and `others` has. */
function told(...others: ReturnType<typeof other>[]): string {
  const { reason, message } = conflictState(own, { drivers: [own, ...others], nodes });
  return `${reason}: ${message}`;
}

describe('a deployment', () => {
  test('alone is in nobody’s way', () => {
    expect(told()).toBe('NoConflict: no other driver has its names or its nodes');
  });

  test('is told of who takes memory of its nodes, and which nodes, whatever the selectors look like', () => {
    expect(told(other({ nodeSelector: { kind: 'b' } }))).toBe(
      'NodesShared: PmemCSIDeployment b.example.com uses persistent memory of node-1 too',
    );
    expect(told(other({ nodeSelector: {} }))).toMatch(
      /of node-1, node-2, node-3, node-4, node-5 and 2 more too$/,
    );
  });

  test('shares no memory with one that takes none, and no nodes with one that no node has', () => {
    expect(told(other({ deviceMode: 'fake' }), other({ nodeSelector: { kind: 'c' } }))).toMatch(
      /^NoConflict/,
    );
  });

  test('is told of one of the other kind that asks for its driver, or for its names', () => {
    const apart = { nodeSelector: { kind: 'c' } };
    expect(told(readPmemDeployment(olderDeployment(apart)))).toBe(
      'NameShared: Deployment pmem-deployment asks for the CSI driver pmem-csi.intel.com too',
    );
    const named = readPmemDeployment(olderDeployment({ ...apart, driverName: 'c' }, 'pmem-csi-intel-com'));
    expect(told(named)).toBe(
      'NameShared: Deployment pmem-csi-intel-com asks for names that begin with pmem-csi-intel-com- too',
    );
  });
});
