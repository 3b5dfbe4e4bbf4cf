import { describe, expect, test } from '@jest/globals';
import type { CustomResourceDefinition } from '@rackwright/kube';
import fc from 'fast-check';
import { customResourceDefinitions } from '../crds.ts';
import { cxiDefinitions } from '../cxi/definitions.ts';
import { definitions } from '../definitions.ts';
import { crdShortfall } from './shortfall.ts';

type Schema = { [key: string]: Schema } & { properties: Schema };

const [drivers] = customResourceDefinitions(cxiDefinitions) as [CustomResourceDefinition];

/** A copy of the CXIDriver CRD whose schema was changed by `change`. */
function changed(change: (schema: Schema) => void): CustomResourceDefinition {
  const copy = structuredClone(drivers);
  change(copy.spec?.versions[0]?.schema?.openAPIV3Schema as Schema);
  return copy;
}

function at(schema: Schema, path: string): Schema {
  return path.split('.').reduce((node, name) => node.properties[name] as Schema, schema);
}

/** Every field of the schema by its path, lists left out. */
function paths(node: Schema, prefix = ''): string[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, child]) => [
    prefix + name,
    ...paths(child as Schema, `${prefix}${name}.`),
  ]);
}

const schema = drivers.spec?.versions[0]?.schema?.openAPIV3Schema as Schema;

test.each(customResourceDefinitions(definitions).map((crd) => [crd.metadata?.name, crd] as const))(
  '%s lacks nothing of itself',
  (_, crd) => {
    expect(crdShortfall(crd, crd)).toEqual([]);
  },
);

describe('a CRD of an older version is told of', () => {
  test('with the field that is missing', () => {
    const live = changed((root) => {
      Reflect.deleteProperty(at(root, 'spec.devicePlugin').properties, 'allocateMode');
    });
    expect(crdShortfall(drivers, live)).toEqual(['spec.devicePlugin.allocateMode is missing']);
  });

  test('with the value that is not taken', () => {
    const live = changed((root) => {
      at(root, 'spec.devicePlugin.sharingMode').enum = ['exclusive'] as unknown as Schema;
    });
    expect(crdShortfall(drivers, live)).toEqual(['spec.devicePlugin.sharingMode does not take shared']);
  });

  test('with the field of another type', () => {
    const live = changed((root) => {
      at(root, 'spec.devicePlugin.sharedCapacity').type = 'string' as unknown as Schema;
    });
    expect(crdShortfall(drivers, live)).toEqual([
      'spec.devicePlugin.sharedCapacity is of type string, needed is of type integer',
    ]);
  });

  test('with the list that is merged otherwise', () => {
    const live = changed((root) => {
      Reflect.deleteProperty(at(root, 'status.conditions'), 'x-kubernetes-list-map-keys');
    });
    expect(crdShortfall(drivers, live)).toEqual(['status.conditions is not merged as map type']);
  });

  test('with the version that is not served, and the status that is none', () => {
    const live = structuredClone(drivers);
    const [version] = live.spec?.versions ?? [];
    if (version === undefined) throw new Error('there is a version');
    Reflect.deleteProperty(version, 'subresources');
    expect(crdShortfall(drivers, live)).toEqual(['version v1 has no status subresource']);
    version.served = false;
    expect(crdShortfall(drivers, live)).toEqual(['version v1 is not served']);
  });

  test('in a few sentences, however much is missing', () => {
    const live = changed((root) => {
      at(root, 'spec').properties = {} as Schema;
      at(root, 'status').properties = {} as Schema;
    });
    expect(crdShortfall(drivers, live)).toHaveLength(11);
  });
});

test('whichever fields are taken out, the outermost of each is named, and nothing else', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.constantFrom(...paths(schema)), { minLength: 1, maxLength: 8 }), (gone) => {
      const live = changed((root) => {
        for (const path of [...gone].sort((a, b) => b.length - a.length)) {
          const [name = '', ...up] = path.split('.').reverse();
          const parent = up.length === 0 ? root : at(root, up.reverse().join('.'));
          Reflect.deleteProperty(parent.properties, name);
        }
      });
      const outermost = gone.filter((path) => !gone.some((other) => path.startsWith(`${other}.`)));
      expect(crdShortfall(drivers, live).sort()).toEqual(
        outermost.map((path) => `${path} is missing`).sort(),
      );
    }),
  );
});

test('the CRD of a newer version, with more fields, values and versions, lacks nothing', () => {
  const live = changed((root) => {
    at(root, 'spec').properties.future = { type: 'string' } as unknown as Schema;
    (at(root, 'spec.devicePlugin.sharingMode').enum as unknown as string[]).push('partitioned');
  });
  live.spec?.versions.push({ name: 'v2', served: true, storage: false });
  expect(crdShortfall(drivers, live)).toEqual([]);
});
