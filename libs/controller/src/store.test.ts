import { expect, test } from '@jest/globals';
import type { ConfigMap } from '@rackwright/kube';
import fc from 'fast-check';
import { ObjectStore } from './store.ts';

const indexers = { byValue: ({ data }: ConfigMap): string[] => Object.values(data ?? {}) };

function configMap(name: string, values: readonly string[]): ConfigMap {
  return {
    metadata: { name, namespace: 'ns' },
    data: Object.fromEntries(values.map((value, i) => [`k${i}`, value])),
  };
}

test('an index gives exactly what a search through all objects would, after any changes', () => {
  const value = fc.constantFrom('red', 'green', 'blue');
  const change = fc.record({
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    values: fc.option(fc.array(value, { maxLength: 3 })),
  });
  fc.assert(
    fc.property(fc.array(change), (changes) => {
      const store = new ObjectStore<ConfigMap>(indexers);
      for (const { name, values } of changes) {
        if (values === null) store.delete(`ns/${name}`);
        else store.set(configMap(name, values));
      }
      for (const wanted of ['red', 'green', 'blue']) {
        const searched = store.list().filter(({ data }) => Object.values(data ?? {}).includes(wanted));
        const byName = (a: ConfigMap, b: ConfigMap): number =>
          (a.metadata?.name ?? '') < (b.metadata?.name ?? '') ? -1 : 1;
        expect([...store.byIndex('byValue', wanted)].sort(byName)).toEqual([...searched].sort(byName));
      }
    }),
  );
});

test('an index nobody declared is an error, not an empty answer', () => {
  expect(() => new ObjectStore<ConfigMap>(indexers).byIndex('byColour', 'red')).toThrow(
    'no index "byColour"',
  );
});
