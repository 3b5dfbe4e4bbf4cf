import { expect, test } from '@jest/globals';
import type { NodeSelectorTerm } from '@rackwright/kube';
import { podWith } from '../testing/pods.ts';
import { unmetAffinity } from './node-affinity.ts';

const node = { name: 'n1', labels: { zone: 'a', generation: '2', empty: '' } };

function unmet(...nodeSelectorTerms: NodeSelectorTerm[]): string | undefined {
  const requiredDuringSchedulingIgnoredDuringExecution = { nodeSelectorTerms };
  return unmetAffinity(
    podWith({ affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution } } }),
    node,
  );
}

test('a pod that asks for nothing is at home everywhere', () => {
  expect(unmetAffinity(podWith({}), node)).toBeUndefined();
});

test('a selector is met by every one of its labels, and says which one is missing', () => {
  expect(unmetAffinity(podWith({ nodeSelector: { zone: 'a', empty: '' } }), node)).toBeUndefined();
  expect(unmetAffinity(podWith({ nodeSelector: { zone: 'a', rack: '1' } }), node)).toBe(
    'the node has no label rack=1',
  );
});

test.each([
  ['In', 'zone', ['b', 'a'], true],
  ['In', 'rack', ['a'], false],
  ['NotIn', 'zone', ['b'], true],
  ['NotIn', 'zone', ['a'], false],
  ['NotIn', 'rack', ['a'], true],
  ['Exists', 'empty', [], true],
  ['Exists', 'rack', [], false],
  ['DoesNotExist', 'rack', [], true],
  ['DoesNotExist', 'zone', [], false],
  ['Gt', 'generation', ['1'], true],
  ['Gt', 'generation', ['2'], false],
  ['Gt', 'zone', ['1'], false],
  ['Gt', 'empty', ['-1'], false],
  ['Lt', 'generation', ['3'], true],
  ['Lt', 'rack', ['3'], false],
  ['Near', 'zone', ['a'], false],
])('%s %s %j is %p for the node', (operator, key, values, met) => {
  expect(unmet({ matchExpressions: [{ key, operator, values }] }) === undefined).toBe(met);
});

test('a term holds with all its requirements, and one term is enough', () => {
  const here = { key: 'metadata.name', operator: 'In', values: ['n1'] };
  const zone = { key: 'zone', operator: 'In', values: ['b'] };
  expect(unmet({ matchFields: [here] })).toBeUndefined();
  expect(unmet({ matchFields: [here], matchExpressions: [zone] })).toBe(
    'the node meets no term of its node affinity',
  );
  expect(unmet({ matchExpressions: [zone] }, { matchFields: [here] })).toBeUndefined();
  expect(unmet({})).toBeDefined();
});
