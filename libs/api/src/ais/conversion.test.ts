import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { ais } from '@rackwright/keys';
import fc from 'fast-check';
import { parse } from 'yaml';
import { type AnyObject, convertObject } from '../crd/conversion.ts';
import { aistoreConversion } from './conversion.ts';
import { aistores } from './resources.ts';
import { arbitraryAistore, arbitraryJunk, arbitraryOlderAistore } from './testing/arbitrary-aistore.ts';

const numRuns = process.env.RACKWRIGHT_LONG_TESTS === '1' ? 10_000 : 500;
const kind = { resource: aistores, conversions: [aistoreConversion] };
const [older, stored] = ['ais.nvidia.com/v1alpha1', 'ais.nvidia.com/v1beta1'];
const notes = ais.annotation.conversion;

const up = (object: AnyObject): AnyObject => convertObject(kind, object, stored) as AnyObject;
const down = (object: AnyObject): AnyObject => convertObject(kind, object, older) as AnyObject;

const ports = { servicePort: 1, portPublic: 1, portIntraControl: 2, portIntraData: 3 };
const mounts = [{ path: '/ais1', size: '10Gi' }];
const images = { nodeImage: 'node', initImage: 'init' };

function object(apiVersion: string, spec: object, annotations?: Record<string, string>): AnyObject {
  const metadata = { name: 'a', ...(annotations === undefined ? {} : { annotations }) };
  const roles = { proxySpec: ports, targetSpec: { ...ports, mounts } };
  return { apiVersion, kind: 'AIStore', metadata, spec: { ...images, ...roles, ...spec } };
}

const specOf = (object: AnyObject): Record<string, unknown> => object.spec as Record<string, unknown>;

describe('nothing is lost', () => {
  test('from v1alpha1 to v1beta1 and back', () => {
    fc.assert(
      fc.property(arbitraryOlderAistore, (object) => {
        expect(down(up(object))).toEqual(object);
      }),
      { numRuns },
    );
  });

  test('from v1beta1 to v1alpha1 and back', () => {
    fc.assert(
      fc.property(arbitraryAistore, (object) => {
        expect(up(down(object))).toEqual(object);
      }),
      { numRuns },
    );
  });

  test('of what no CRD has checked yet', () => {
    fc.assert(
      fc.property(arbitraryJunk, (object) => {
        expect(down(up(object))).toEqual(object);
      }),
      { numRuns },
    );
  });
});

describe('an AIStore of v1alpha1', () => {
  test('becomes what its fields are called now', () => {
    const spec = {
      ...{ size: 3, hostpathPrefix: '/etc/ais', enableExternalLB: true },
      ...{ disablePodAntiAffinity: true, cleanupData: true },
    };
    expect(specOf(up(object(older, spec)))).toEqual({
      ...{ ...images, size: 3, stateStorage: { hostPath: { prefix: '/etc/ais' } } },
      ...{ cleanupData: true, cleanupMetadata: true },
      proxySpec: { ...ports, externalAccess: {} },
      targetSpec: { ...ports, mounts, externalAccess: {}, disablePodAntiAffinity: true },
    });
  });

  test('of the sample keeps its words for what no longer has an effect in an annotation', async () => {
    const path = new URL('../../../../config/samples/ais_v1alpha1_aistore.yaml', import.meta.url);
    const sample = parse(await readFile(path, 'utf8')) as AnyObject;
    const converted = up(sample);
    expect(specOf(converted).targetSpec).not.toHaveProperty('nodiskio');
    const { annotations = {} } = converted.metadata ?? {};
    expect(Object.keys(annotations)).toEqual([notes.v1alpha1]);
    expect(annotations[notes.v1alpha1]).toContain('dryobjsize');
    expect(down(converted)).toEqual(sample);
  });

  test('with a state that only v1beta1 has shows no folder, and keeps the state when it is written', () => {
    const spec = { size: 2, stateStorage: { pvc: { storageClass: 'fast' } } };
    const seen = down(object(stored, spec));
    expect(specOf(seen)).not.toHaveProperty('hostpathPrefix');
    expect(specOf(seen)).not.toHaveProperty('stateStorage');
    expect(specOf(up({ ...seen, spec: { ...specOf(seen), size: 5 } }))).toMatchObject({ ...spec, size: 5 });
  });
});

describe('what is changed in one version counts over what the other had', () => {
  test.each<[string, object, object, object]>([
    [
      'a size',
      { proxySpec: { ...ports, size: 3 }, targetSpec: { ...ports, mounts, size: 4 } },
      { size: 6 },
      { size: 6 },
    ],
    [
      'external access of proxies with annotations, by its switch',
      {
        ...{ size: 1, proxySpec: { ...ports, externalAccess: { annotations: { a: 'b' } } } },
        targetSpec: { ...ports, mounts, externalAccess: {} },
      },
      { enableExternalLB: false },
      { proxySpec: ports, targetSpec: { ...ports, mounts } },
    ],
    [
      'the folder of the state',
      { size: 1, stateStorage: { hostPath: { prefix: '/a' } } },
      { hostpathPrefix: '/b' },
      { stateStorage: { hostPath: { prefix: '/b' } } },
    ],
  ])('%s', (_, before, change, after) => {
    const seen = down(object(stored, before));
    expect(specOf(up({ ...seen, spec: { ...specOf(seen), ...change } }))).toMatchObject(after);
  });

  test('a switch of v1alpha1 that v1beta1 has turned', () => {
    const seen = up(object(older, { size: 1, hostpathPrefix: '/a', enableExternalLB: false }));
    const external = { ...ports, externalAccess: {} };
    const turned = { ...specOf(seen), proxySpec: external, targetSpec: { ...external, mounts } };
    expect(specOf(down({ ...seen, spec: turned }))).toMatchObject({ enableExternalLB: true });
  });
});

test('an annotation changes nothing of what the object is called', () => {
  const deviations = [
    { at: ['metadata'], is: { name: 'other', annotations: { a: 'b' } } },
    { at: ['kind'], was: 'AIStore', is: 'Secret' },
  ];
  const spec = { size: 1, hostpathPrefix: '/a', enableExternalLB: false };
  const noted = object(older, spec, { [notes.v1beta1]: JSON.stringify(deviations) });
  expect(up(noted)).toEqual(up(object(older, spec)));
});

test('an annotation that is no list of deviations is passed over', () => {
  for (const note of ['', '{', '[1]', '[{"at":1}]', '{"at":[]}']) {
    const spec = { size: 1, hostpathPrefix: '/a', enableExternalLB: false };
    const converted = up(object(older, spec, { [notes.v1beta1]: note }));
    expect(converted.metadata).toEqual({ name: 'a' });
  }
});
