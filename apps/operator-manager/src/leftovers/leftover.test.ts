import { describe, expect, test } from '@jest/globals';
import type { KubeObject } from '@rackwright/kube';
import { leftoverOf, remedyOf } from './leftover.ts';

const node = (labels: Record<string, string>, conditions: readonly { type: string }[] = []): KubeObject => ({
  metadata: { name: 'n1', labels },
  ...{ status: { conditions } },
});

test('an object that is being deleted says what holds it', () => {
  const metadata = {
    ...{ name: 'cxi', deletionTimestamp: '2026-01-01T00:00:00Z' },
    finalizers: ['cxi.hpe.com/finalizer', 'foregroundDeletion'],
  };
  expect(leftoverOf('CXIDriver', { metadata })?.note).toBe(
    'being deleted since 2026-01-01T00:00:00Z, held by cxi.hpe.com/finalizer, foregroundDeletion',
  );
});

describe('a Node', () => {
  test('is named with the labels and the condition that are ours', () => {
    const labels = {
      'slingshot.hpe.com/cxi-present': 'true',
      'slingshot.hpe.com/cxi0-switch-id': '3',
      zone: 'a',
    };
    const conditions = [{ type: 'Ready' }, { type: 'SlingshotRebootRequired' }];
    expect(leftoverOf('Node', node(labels, conditions))).toMatchObject({
      name: 'n1',
      note: 'label slingshot.hpe.com/cxi-present slingshot.hpe.com/cxi0-switch-id, condition SlingshotRebootRequired',
    });
  });

  test('is named with what the AidaptivCache left on it', () => {
    const object = node({ 'phison.com/ai100.health': 'unhealthy', 'phison.com/ai100-present': 'true' }, [
      { type: 'AI100DeviceProblem' },
    ]);
    const spec = { taints: [{ key: 'phison.com/ai100-unhealthy' }, { key: 'hpc' }] };
    const leftover = leftoverOf('Node', { ...object, ...{ spec } });
    expect(leftover?.note).toBe(
      'label phison.com/ai100.health, condition AI100DeviceProblem, taint phison.com/ai100-unhealthy',
    );
    expect(remedyOf(leftover === undefined ? [] : [leftover])).toContain(
      'operator-manager remove --aidaptivcache',
    );
  });

  test('without anything of ours is none', () => {
    expect(leftoverOf('Node', node({ zone: 'a' }, [{ type: 'Ready' }]))).toBeUndefined();
  });
});

describe('what to do', () => {
  const leftovers = (...objects: readonly (readonly [string, string])[]) =>
    objects.flatMap(([kind, name]) => leftoverOf(kind, { metadata: { name } }) ?? []);

  test('is nothing about CRDs, the lease and the record of older tools', () => {
    const record = leftoverOf('ConfigMap', { metadata: { name: 'cxidriver-singleton', namespace: 'ns' } });
    const crds = leftovers(
      ['CustomResourceDefinition', 'cxidrivers.cxi.hpe.com'],
      ['Lease', 'bf7f9b28.hpe.com'],
    );
    expect(remedyOf([...crds, ...(record === undefined ? [] : [record])])).toBeUndefined();
  });

  test('is to run remove while something of CXI is there, then to delete the rest', () => {
    const role = ['ClusterRole', 'rackwright-operator-manager'] as const;
    expect(remedyOf(leftovers(['CXIDevice', 'n1-cxi0'], role))).toContain('operator-manager remove --all');
    expect(remedyOf(leftovers(role))).toContain('kubectl delete');
  });

  test('names the removal of each family that something is left of', () => {
    const both = remedyOf(leftovers(['AidaptivCache', 'default'], ['CXIDriver', 'cxi']));
    expect(both).toContain('operator-manager remove --all takes');
    expect(both).toContain('operator-manager remove --aidaptivcache takes');
    expect(remedyOf(leftovers(['AidaptivCacheNode', 'worker']))).toBeUndefined();
  });
});
