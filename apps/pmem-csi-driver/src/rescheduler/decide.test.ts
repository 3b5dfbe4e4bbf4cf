import { describe, expect, test } from '@jest/globals';
import type { CSINode, Node, PersistentVolumeClaim } from '@rackwright/kube';
import { hasDriver, isOfDriver, isWanted, selectedNode } from './decide.ts';

const selected = { 'volume.kubernetes.io/selected-node': 'node-a' };
const csiNode = (...drivers: string[]): CSINode => ({
  spec: { drivers: drivers.map((name) => ({ name, nodeID: 'n' })) },
});

describe('a claim', () => {
  test.each<[string, PersistentVolumeClaim, string | undefined]>([
    ['was sent to a node', { metadata: { annotations: selected }, spec: {} }, 'node-a'],
    ['waits for its first pod', { metadata: {}, spec: {} }, undefined],
    ['has its volume', { metadata: { annotations: selected }, spec: { volumeName: 'v' } }, undefined],
    [
      'is being deleted',
      { metadata: { annotations: selected, deletionTimestamp: '2026-01-01T00:00:00Z' }, spec: {} },
      undefined,
    ],
  ])('that %s', (_, claim, node) => expect(selectedNode(claim)).toBe(node));

  test('is of the driver that its class names', () => {
    expect(isOfDriver({ provisioner: 'a' }, 'a')).toBe(true);
    expect(isOfDriver({ provisioner: 'b' }, 'a')).toBe(false);
    expect(isOfDriver(undefined, 'a')).toBe(false);
  });
});

test('a node has the drivers its kubelet knows', () => {
  expect(hasDriver(csiNode('a', 'b'), 'b')).toBe(true);
  expect(hasDriver(csiNode('a'), 'b')).toBe(false);
  expect(hasDriver(undefined, 'b')).toBe(false);
});

test('a node is wanted by all of its labels, and one that is gone is not', () => {
  const node: Node = { metadata: { labels: { storage: 'pmem', zone: 'x' } } };
  expect(isWanted(node, { storage: 'pmem' })).toBe(true);
  expect(isWanted(node, { storage: 'pmem', zone: 'y' })).toBe(false);
  expect(isWanted(undefined, { storage: 'pmem' })).toBe(false);
});
