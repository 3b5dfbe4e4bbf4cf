import { expect, test } from '@jest/globals';
import { customResourceDefinitions, cxiDefinitions } from '@rackwright/api';
import { crdFindings } from './crd-findings.ts';

const needed = customResourceDefinitions(cxiDefinitions);

/** The CRDs of this version, in which each change is made. */
function cluster(change: (crds: Map<string, (typeof needed)[number]>) => void = () => undefined) {
  const crds = new Map(needed.map((crd) => [crd.metadata?.name ?? '', structuredClone(crd)]));
  change(crds);
  return (name: string) => crds.get(name);
}

test('of CRDs of this version there is nothing to say', () => {
  expect(crdFindings(needed, cluster())).toEqual([]);
});

test('a field that a CRD lacks is named', () => {
  const live = cluster((crds) => {
    const version = crds.get('cxidrivers.cxi.hpe.com')?.spec?.versions[0];
    const schema = version?.schema?.openAPIV3Schema as { properties: { spec: { properties: object } } };
    Reflect.deleteProperty(schema.properties.spec.properties, 'priorityClassName');
  });
  expect(crdFindings(needed, live)).toEqual([
    'CRD cxidrivers.cxi.hpe.com: spec.priorityClassName is missing',
  ]);
});

test('a CRD that is not there is named', () => {
  const live = cluster((crds) => crds.delete('cxidevices.cxi.hpe.com'));
  expect(crdFindings(needed, live)).toEqual(['CRD cxidevices.cxi.hpe.com: it is not there']);
});
