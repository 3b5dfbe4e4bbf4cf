import { expect, test } from '@jest/globals';
import { differences, foldersOf, reproduceReport } from './reproduce.ts';

const first = new Map([
  ['a.oci.tar', '1'.repeat(64)],
  ['b.oci.tar', '2'.repeat(64)],
  ['c.oci.tar', '3'.repeat(64)],
]);

test('equal builds differ in nothing', () => {
  expect(differences(first, new Map(first))).toEqual([]);
});

test('a changed file and one that only one build has are told', () => {
  const second = new Map([
    ['a.oci.tar', '1'.repeat(64)],
    ['b.oci.tar', '9'.repeat(64)],
  ]);
  expect(differences(first, second)).toEqual(['b.oci.tar', 'c.oci.tar']);
  expect(reproduceReport(first, second).split('\n').slice(2)).toEqual([
    '| a.oci.tar | `1111111111111111` | `1111111111111111` | equal |',
    '| b.oci.tar | `2222222222222222` | `9999999999999999` | **different** |',
    '| c.oci.tar | `3333333333333333` | missing | **different** |',
  ]);
});

test('packages that a project has for itself come with it', () => {
  const paths = ['', 'libs/kubelet', 'node_modules/a', 'node_modules/a/node_modules/b'];
  expect(foldersOf([...paths, 'libs/kubelet/node_modules/a'])).toEqual([
    'node_modules',
    'libs/kubelet/node_modules',
  ]);
});
