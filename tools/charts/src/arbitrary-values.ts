import fc from 'fast-check';
import { anyText, label, objectName } from './arbitrary-text.ts';
import type { ValuesSchema } from './charts.ts';

type Json = fc.Arbitrary<unknown>;
type Definitions = Readonly<Record<string, ValuesSchema>>;

const scalar = fc.oneof(anyText, fc.boolean(), fc.integer(), fc.constant(1_000_000));

/** Keys the charts set themselves, keys of others, and keys that are none. */
const keys = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.constantFrom(
      ...['prometheus.io/scrape', 'prometheus.io/port', 'prometheus.io/path', 'helm.sh/chart'],
      ...['kubectl.kubernetes.io/default-container', 'app.kubernetes.io/name', 'app.kubernetes.io/instance'],
      ...['app.kubernetes.io/managed-by', 'kubernetes.io/os', 'kubernetes.io/arch', 'release', 'true', '1'],
    ),
  },
  { weight: 9, arbitrary: fc.tuple(label(20), label(40)).map((parts) => parts.join('/')) },
  { weight: 1, arbitrary: anyText },
);

/** Labels of nodes, with values as `--set` makes them, hardly ever wrong ones. */
const nodeLabels = fc.dictionary(
  keys,
  fc.oneof(
    { weight: 9, arbitrary: fc.oneof(label(63), fc.boolean(), fc.nat(), fc.constant('')) },
    { weight: 1, arbitrary: scalar },
  ),
  { maxKeys: 4, noNullPrototype: true },
);

/** What is likely for a key, whatever its schema says beyond its type. */
const likely: Readonly<Record<string, Json>> = {
  nameOverride: objectName,
  fullnameOverride: objectName,
  name: objectName,
  labels: nodeLabels,
  nodeSelector: nodeLabels,
  extraArgs: fc.array(
    fc.oneof(
      fc.constantFrom('--log-level=debug', '-host-root', '--health-port=1', '--telemetry', '--x', 'y'),
      scalar,
    ),
    { maxLength: 5 },
  ),
  extraEnv: fc.array(
    fc.record({ name: fc.constantFrom('NODE_NAME', 'A', 'B', 'HTTP_PROXY'), value: scalar }),
    { maxLength: 5 },
  ),
  imagePullSecrets: fc.array(
    fc.constantFrom('regcred', 'own').chain((name) => fc.constantFrom<unknown>(name, { name })),
    { maxLength: 5 },
  ),
};

/** Values a schema lets through, with any subset of its keys. */
export function valuesOf(schema: ValuesSchema, definitions: Definitions = schema.definitions ?? {}): Json {
  if (schema.$ref !== undefined) {
    return valuesOf(definitions[schema.$ref.split('/').at(-1) ?? ''] ?? {}, definitions);
  }
  if (schema.anyOf !== undefined) {
    const { anyOf, ...rest } = schema;
    return fc.oneof(...anyOf.map((choice) => valuesOf({ ...rest, ...choice }, definitions)));
  }
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const types = [schema.type ?? []].flat();
  return fc.oneof(...types.map((type) => ofType(type, schema, definitions)));
}

function ofType(type: string, schema: ValuesSchema, definitions: Definitions): Json {
  switch (type) {
    case 'object':
      return objectOf(schema, definitions);
    case 'array':
      return listOf(schema, definitions);
    case 'string':
      return textOf(schema);
    case 'integer':
      return fc.integer({ min: schema.minimum ?? 0, max: schema.maximum ?? 2_000_000 });
    case 'number':
      return fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }));
    case 'boolean':
      return fc.boolean();
    default:
      return fc.constant(null);
  }
}

function textOf({ pattern, minLength = 0, maxLength = 400 }: ValuesSchema): Json {
  // Helm knows no flags, and its patterns hold no line ends.
  if (pattern !== undefined)
    return fc.stringMatching(new RegExp(pattern), { maxLength: Math.min(60, maxLength) });
  return minLength === 0 ? anyText : label(30);
}

/** Lists with doubles: what is drawn may be drawn again. */
function listOf({ items, minItems = 0 }: ValuesSchema, definitions: Definitions): Json {
  const item = items === undefined ? scalar : valuesOf(items, definitions);
  return fc
    .array(item, { minLength: minItems, maxLength: 3 })
    .chain((list) => fc.constantFrom(list, [...list, ...list]));
}

function objectOf(
  { properties, required = [], additionalProperties }: ValuesSchema,
  definitions: Definitions,
): Json {
  if (properties !== undefined) {
    const entries = Object.entries(properties).map(
      ([key, schema]) => [key, likely[key] ?? valuesOf(schema, definitions)] as const,
    );
    // What is required has a default, unless it is an item of a list.
    const arbitraries = Object.fromEntries(entries);
    return fc
      .subarray(Object.keys(arbitraries))
      .chain((chosen) => fc.record(pick(arbitraries, [...new Set([...chosen, ...required])])));
  }
  const value =
    typeof additionalProperties === 'object' ? valuesOf(additionalProperties, definitions) : scalar;
  return fc.dictionary(keys, value, { maxKeys: 4, noNullPrototype: true });
}

function pick<T>(from: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name)));
}
