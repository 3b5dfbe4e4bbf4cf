import { describe, expect, test } from '@jest/globals';
import { customResourceDefinitions, cxiDefinitions } from '@rackwright/api';
import { ManualClock } from '@rackwright/core';
import { type CustomResourceDefinition, KubeError } from '@rackwright/kube';
import { bringCrds, type CrdWriter, crdAction } from './bring.ts';

const [drivers] = customResourceDefinitions(cxiDefinitions) as [CustomResourceDefinition];
const signal = new AbortController().signal;

type Fields = Record<string, unknown>;

function specFields(crd: CustomResourceDefinition): Fields {
  const schema = crd.spec?.versions[0]?.schema?.openAPIV3Schema as {
    properties: { spec: { properties: Fields } };
  };
  return schema.properties.spec.properties;
}

function changed(change: (fields: Fields) => void): CustomResourceDefinition {
  const copy = structuredClone(drivers);
  change(specFields(copy));
  return copy;
}

const older = changed((fields) => {
  Reflect.deleteProperty(fields, 'priorityClassName');
});
const newer = changed((fields) => {
  fields.future = { type: 'string' };
});

describe('a CRD', () => {
  test('that is not there is created', () => {
    expect(crdAction(drivers, undefined)).toBe('create');
  });

  test('of an older version is updated', () => {
    expect(crdAction(drivers, older)).toBe('update');
  });

  test('of this version is updated, so that texts and columns follow too', () => {
    expect(crdAction(drivers, drivers)).toBe('update');
  });

  test('of a newer version is kept: an older chart must not cut fields off', () => {
    expect(crdAction(drivers, newer)).toBe('keep');
  });

  test('that both lacks and has more is updated: it never was this version’s', () => {
    const both = changed((fields) => {
      Reflect.deleteProperty(fields, 'priorityClassName');
      fields.past = { type: 'string' };
    });
    expect(crdAction(drivers, both)).toBe('update');
  });
});

/** An API server that serves a CRD after so many looks. */
function server(looksUntilServed: number) {
  let looks = 0;
  const applied: string[] = [];
  const client = {
    get: async () => {
      looks += 1;
      if (applied.length === 0)
        throw new KubeError('NotFound', 'not found', { status: 404, reason: 'NotFound' });
      const status = looks > looksUntilServed ? 'True' : 'False';
      const condition = { type: 'Established', status, message: 'names are being checked' };
      return { ...drivers, status: { conditions: [condition] } };
    },
    apply: async (_: unknown, crd: CustomResourceDefinition) => {
      applied.push(crd.metadata?.name ?? '');
      return crd;
    },
  } as unknown as CrdWriter;
  return { client, applied };
}

test('a CRD counts as there once the API server serves it', async () => {
  const clock = new ManualClock();
  const { client, applied } = server(3);
  const seen: string[] = [];
  const done = bringCrds(client, [drivers], {
    ...{ clock, timeoutMs: 10_000, signal },
    done: (name, action) => seen.push(`${name} ${action}`),
  });
  await clock.advance(5000);
  await done;
  expect(applied).toEqual(['cxidrivers.cxi.hpe.com']);
  expect(seen).toEqual(['cxidrivers.cxi.hpe.com create']);
});

test('one that is not served in time ends with what the API server says of it', async () => {
  const clock = new ManualClock();
  const { client } = server(Number.POSITIVE_INFINITY);
  const refused = expect(
    bringCrds(client, [drivers], { clock, timeoutMs: 2000, signal, done: () => undefined }),
  ).rejects.toMatchObject({
    code: 'DeadlineExceeded',
    message: 'CRD cxidrivers.cxi.hpe.com is not served after 2s: names are being checked',
  });
  await clock.advance(3000);
  await refused;
});
