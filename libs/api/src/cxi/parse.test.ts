import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { errorMessage } from '@rackwright/core';
import fc from 'fast-check';
import { parse as parseYaml } from 'yaml';
import { badSpecs, goodSpecs } from './driver-cases.test-data.ts';
import { parseCxiDriver } from './parse.ts';

function driver(spec: unknown): unknown {
  return { apiVersion: 'cxi.hpe.com/v1', kind: 'CXIDriver', metadata: { name: 'a' }, spec };
}

function parsed(spec: unknown): ReturnType<typeof parseCxiDriver> & { ok: true } {
  const result = parseCxiDriver(driver(spec));
  if (!result.ok) throw result.error;
  return result;
}

test('a minimal driver means one thing', async () => {
  const text = await readFile(new URL('./testdata/minimal-stored.json', import.meta.url), 'utf8');
  expect(parsed({ version: '1' }).value.spec).toEqual(JSON.parse(text));
});

test('false is kept where the default is true', () => {
  const { spec } = parsed(goodSpecs['everything switched off']).value;
  expect([
    spec.retryHandler.enabled,
    spec.devicePlugin.enabled,
    spec.metricsExporter.enabled,
    spec.updateStrategy.rollbackOnFailure,
  ]).toEqual([false, false, false, false]);
});

test.each(Object.entries(goodSpecs))('%s is accepted', (_, spec) => {
  expect(parseCxiDriver(driver(spec))).toMatchObject({ ok: true });
});

test.each(Object.entries(badSpecs))('%s is refused with the field named', (_, { spec, field, fix }) => {
  const result = parseCxiDriver(driver(spec));
  expect(result.ok).toBe(false);
  const message = result.ok ? '' : errorMessage(result.error);
  expect(message).toContain(field);
  expect(message).toContain(fix);
});

test.each(['a b', '-a', 'a/b/c', 'A/b', `${'x'.repeat(254)}/b`, ''])(
  'a node selector with the key %j is refused: no node can have that label',
  (key) => {
    const result = parseCxiDriver(driver({ version: '1', nodeSelector: { [key]: 'v' } }));
    expect(result).toMatchObject({ ok: false, error: { field: 'spec.nodeSelector' } });
  },
);

test('fields of another version are read past', () => {
  const { spec, metadata } = parsed({
    version: '1',
    future: { a: 1 },
    devicePlugin: { colour: 'red' },
  }).value;
  expect(spec).toEqual(parsed({ version: '1' }).value.spec);
  expect(metadata).toEqual({ name: 'a' });
});

describe('what is not a driver', () => {
  test.each([[null], ['text'], [[]], [{}], [{ metadata: {} }], [driver(null)], [{ spec: { version: '1' } }]])(
    '%j is refused without throwing',
    (raw) => expect(parseCxiDriver(raw)).toMatchObject({ ok: false, error: { code: 'InvalidArgument' } }),
  );

  test('any JSON is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (raw) => {
        expect(parseCxiDriver(raw)).toMatchObject({ ok: false });
      }),
    );
  });
});

test('reading what was read changes nothing', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.values(goodSpecs)),
      fc.string({ minLength: 1 }),
      (spec, version) => {
        const once = parsed({ ...spec, version: version.slice(0, 128) }).value;
        expect(parseCxiDriver(JSON.parse(JSON.stringify(once)))).toEqual({ ok: true, value: once });
      },
    ),
  );
});

test.each(['cxi_v1_cxidriver.yaml', 'cxi_v1_cxidriver_minimal.yaml'])(
  'the sample %s is accepted',
  async (name) => {
    const text = await readFile(new URL(`../../../../config/samples/${name}`, import.meta.url), 'utf8');
    expect(parseCxiDriver(parseYaml(text))).toMatchObject({ ok: true });
  },
);
