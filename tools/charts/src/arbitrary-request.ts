import fc from 'fast-check';
import { anyText, label, releaseName } from './arbitrary-text.ts';
import { valuesOf } from './arbitrary-values.ts';
import type { Chart } from './charts.ts';
import type { RenderRequest } from './render.ts';

type Values = Readonly<Record<string, unknown>>;

/** A release of any chart with any name and values, most of them right. */
export function arbitraryRequest(charts: readonly Chart[]): fc.Arbitrary<RenderRequest> {
  const values = new Map(charts.map((chart) => [chart.name, chartValues(chart)]));
  return fc.constantFrom(...charts).chain(({ name, folder, subcharts }) =>
    fc.record({
      chart: fc.constant(folder),
      release: fc.oneof({ weight: 20, arbitrary: releaseName }, { weight: 1, arbitrary: anyText }),
      namespace: fc.oneof(label(63), fc.constantFrom('123', 'default', '1e3')),
      values: spoiled(withSubcharts(values.get(name) ?? fc.constant({}), subcharts, values)),
    }),
  );
}

/** Values of a chart with what other charts of a release have under global. */
function chartValues({ schema, subcharts }: Chart): fc.Arbitrary<Values> {
  const properties = Object.entries(schema.properties ?? {}).filter(([key]) => !subcharts.includes(key));
  const own = valuesOf({ ...schema, required: [], properties: Object.fromEntries(properties) });
  const others = fc.dictionary(
    fc.constantFrom('clusterName', 'storageClass', 'postgresql'),
    fc.oneof(anyText, fc.constant({ auth: { a: 1 } }), fc.constant(['x'])),
    { noNullPrototype: true },
  );
  return fc
    .tuple(own as fc.Arbitrary<Values>, others)
    .map(([values, foreign]) =>
      Object.keys(foreign).length === 0
        ? values
        : { ...values, global: { ...foreign, ...(values.global as Values) } },
    );
}

function withSubcharts(
  own: fc.Arbitrary<Values>,
  subcharts: readonly string[],
  values: ReadonlyMap<string, fc.Arbitrary<Values>>,
): fc.Arbitrary<Values> {
  const blocks = subcharts.map((name) => [name, values.get(name) ?? fc.constant({})] as const);
  return fc
    .tuple(own, fc.record(Object.fromEntries(blocks), { requiredKeys: [] }))
    .map(([of, held]) => ({ ...of, ...held }));
}

/** One value in a few is of another type, or null, or under a key that is misspelt. */
function spoiled(values: fc.Arbitrary<Values>): fc.Arbitrary<Values> {
  const wrong = fc.constantFrom<unknown>(null, 7, 0.5, true, 'wrong', [], [null], {}, { a: 1 }, [{ a: [] }]);
  return fc.oneof(
    { weight: 3, arbitrary: values },
    { weight: 1, arbitrary: fc.tuple(values, fc.nat(), wrong).map(([of, at, by]) => replaced(of, at, by)) },
  );
}

/** The values with whatever stands at place `at`, counted round all of them, replaced. */
export function replaced(values: Values, at: number, by: unknown): Values {
  const places = pathsOf(values);
  const path = places[at % Math.max(1, places.length)];
  return path === undefined ? { typo: by } : (replacedAt(values, path, by) as Values);
}

function pathsOf(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => [
    [key],
    ...pathsOf(child).map((path) => [key, ...path]),
  ]);
}

function replacedAt(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by;
  if (Array.isArray(value))
    return value.map((item, i) => (String(i) === key ? replacedAt(item, rest, by) : item));
  const block = value as Values;
  return { ...block, [key]: replacedAt(block[key], rest, by) };
}
