import { expect, test } from '@jest/globals';
import { crdFolders, requireConverters } from '../generate.ts';
import { customResourceDefinition } from './definition.ts';
import { boxDefinition } from './testing/box.test-data.ts';

test('one version is stored, and a version says when it is on its way out', () => {
  expect(customResourceDefinition(boxDefinition).spec).toMatchObject({
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: false,
        deprecated: true,
        deprecationWarning: 'write v1 instead',
      },
      { name: 'v1', served: true, storage: true },
    ],
  });
});

test('a kind without a status has neither the field nor the subresource', () => {
  const versions = boxDefinition.versions.map(({ status: _, ...version }) => version);
  const text = JSON.stringify(customResourceDefinition({ ...boxDefinition, versions }));
  expect(text).not.toContain('status');
});

test('a stored version that is not served is refused', () => {
  const versions = boxDefinition.versions.map((version) => ({ ...version, served: false as const }));
  for (const wrong of [versions, []]) {
    expect(() => customResourceDefinition({ ...boxDefinition, versions: wrong })).toThrow(
      'boxes.boxes.example.com is stored in v1, which is not served',
    );
  }
});

test('a CRD goes into the chart of its family, and a family without one is told what to do', () => {
  expect(crdFolders([boxDefinition])).toEqual({
    'boxes.example.com_boxes.yaml': ['config/crd/bases', 'charts/operator-manager/crds'],
  });
  const families = [{ name: 'cxi', title: 'CXI', apps: [] }];
  expect(() => crdFolders([boxDefinition], families)).toThrow(
    expect.objectContaining({ remedy: expect.stringContaining('crdChart of the family cxi') }),
  );
});

test('a kind whose versions differ is registered for admission-webhook, or somebody is told', () => {
  expect(() => requireConverters([boxDefinition], [])).toThrow('nobody converts boxes.boxes.example.com');
  requireConverters([boxDefinition], [boxDefinition]);
  requireConverters([{ ...boxDefinition, conversions: [] }], []);
});
