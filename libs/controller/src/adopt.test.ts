import { expect, test } from '@jest/globals';
import { adoptEntries } from './adopt.ts';

const entry = (manager: string, operation: string, fields: object, subresource?: string) => ({
  ...{ manager, operation, apiVersion: 'apps/v1', fieldsType: 'FieldsV1', fieldsV1: fields },
  ...(subresource === undefined ? {} : { subresource }),
});

test('fields written by plain updates become those of our manager, beside what it has applied before', () => {
  const adopted = adoptEntries(
    [
      entry('us', 'Apply', { 'f:spec': { 'f:a': {} } }),
      entry('other', 'Apply', { 'f:spec': { 'f:z': {} } }),
      entry('manager', 'Update', { 'f:spec': { 'f:a': {}, 'f:b': { 'f:c': {} } } }),
      entry('kubectl-edit', 'Update', { 'f:metadata': { 'f:labels': {} } }),
      entry('kube-controller-manager', 'Update', { 'f:status': {} }, 'status'),
    ],
    'us',
  );
  expect(adopted).toEqual([
    entry('other', 'Apply', { 'f:spec': { 'f:z': {} } }),
    entry('kube-controller-manager', 'Update', { 'f:status': {} }, 'status'),
    entry('us', 'Apply', { 'f:spec': { 'f:a': {}, 'f:b': { 'f:c': {} } }, 'f:metadata': { 'f:labels': {} } }),
  ]);
});

test('without plain updates there is nothing to adopt', () => {
  expect(adoptEntries([entry('us', 'Apply', {}), entry('x', 'Update', {}, 'status')], 'us')).toBeUndefined();
  expect(adoptEntries([], 'us')).toBeUndefined();
});
