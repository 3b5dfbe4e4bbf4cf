import { telemetryAlone, valueRules } from '@rackwright/core';
import { isMap, isScalar, isSeq, type Node, type Pair, parseDocument, type YAMLMap } from 'yaml';
import { definitionsOf, kubernetesField } from './values-kubernetes.ts';

/** A JSON schema, draft 7, as Helm reads it from values.schema.json. */
export type JsonSchema = { readonly [key: string]: unknown };

const names = {
  type: 'string',
  ...valueRules.telemetryNames,
  not: { pattern: `(^|[ ,])(${telemetryAlone.join('|')})($|[ ,])` },
};

/** What a comment `# @rule name` stands for. */
const chartRules = {
  ...valueRules,
  /** One word that stands alone, or names: as text or as a list. */
  telemetry: {
    anyOf: [
      { enum: telemetryAlone },
      { type: 'array', items: { enum: telemetryAlone }, maxItems: 1 },
      names,
      { type: 'array', items: names },
    ],
  },
} as const;

/** What of a chart's values does not stand in its values.yaml. */
export interface ValuesContext {
  /** Keys that hold the values of a subchart, which has its own schema. */
  readonly subcharts?: readonly string[];
  /** values.yaml of the chart whose `global` every chart of the family reads. */
  readonly globals?: string;
  /** Schema of the spec of each kind that a value may be. */
  readonly specs?: Readonly<Record<string, JsonSchema>>;
}

/**
 * Makes the schema of a chart from its values.yaml: types come from the
 * defaults, descriptions from the comments, and a comment line
 * `# @schema {…}` adds what a default cannot say (an enum, bounds, a pattern);
 * `# @rule name` adds what the app's flag and the CRD say too (valueRules).
 * Keys of Kubernetes, such as tolerations, have the types Kubernetes gives them.
 *
 * A line `# @spec KIND` says that the value is the spec of such an object.
 *
 * Keys the file does not have are refused, except in blocks that are empty by
 * default, in those of subcharts and under `global`, which belongs to every
 * chart of a release. A default that is not empty cannot be taken away with
 * null, for a template would print nothing in its place; a line `# @optional`
 * says that the templates do without. A key that comes with a later release has
 * to say so, or else `helm upgrade --reuse-values` lacks it.
 */
export function valuesSchema(text: string, context: ValuesContext = {}): JsonSchema {
  const { subcharts = [], globals = text } = context;
  const values = mapOf(text);
  const global = globalSchema(mapOf(globals));
  values.delete('global');
  const own = blockSchema(values, { open: new Set(subcharts), specs: context.specs ?? {} });
  const properties = { global, ...implied(subcharts), ...(own.properties as object) };
  const schema = { $schema: 'http://json-schema.org/draft-07/schema#', ...own, properties };
  const definitions = definitionsOf(schema);
  return Object.keys(definitions).length === 0 ? schema : { ...schema, definitions };
}

function mapOf(text: string): YAMLMap {
  const { contents } = parseDocument(text);
  if (!isMap(contents)) throw new Error('values.yaml: expected a mapping');
  return contents;
}

/**
 * Keys Helm itself puts into a chart's values: the parent's switch, and every
 * subchart. The helpers were a subchart named common once, which stays in the
 * values of an upgrade with --reuse-values.
 */
function implied(subcharts: readonly string[]): JsonSchema {
  const open = ['common', ...subcharts].map((name) => [name, { type: 'object' }]);
  return { enabled: { type: 'boolean' }, ...Object.fromEntries(open) };
}

/** Ours are typed, those of other charts are let through, at every depth. */
function globalSchema(values: YAMLMap): JsonSchema {
  const global = values.get('global');
  return isMap(global) ? opened(blockSchema(global)) : { type: 'object' };
}

function opened(schema: JsonSchema): JsonSchema {
  const { additionalProperties: _, required: __, ...rest } = schema;
  if (typeof rest.properties !== 'object') return rest;
  const properties = Object.entries(rest.properties as Record<string, JsonSchema>);
  return { ...rest, properties: Object.fromEntries(properties.map(([key, value]) => [key, opened(value)])) };
}

interface BlockContext {
  /** Keys whose values have a schema of their own. */
  readonly open: ReadonlySet<string>;
  readonly specs: Readonly<Record<string, JsonSchema>>;
}

const nothing: BlockContext = { open: new Set(), specs: {} };

function blockSchema(map: YAMLMap, { open, specs }: BlockContext = nothing): JsonSchema {
  if (map.items.length === 0) return { type: 'object' };
  const entries = map.items.map((pair, i): readonly [string, JsonSchema, boolean] => {
    const key = isScalar(pair.key) ? String(pair.key.value) : '';
    const comment =
      pair.key !== null && typeof pair.key === 'object' ? (pair.key as Node).commentBefore : undefined;
    const own = comment ?? (i === 0 ? map.commentBefore : undefined);
    if (open.has(key)) return [key, { type: 'object' }, false];
    const type = specOf(own, specs) ?? kubernetesField(key) ?? valueSchema(pair, specs);
    const schema = { ...described(own), ...type, ...refined(own) };
    const needed = isNeeded(key, pair) || Number(schema.minItems) > 0;
    return [key, schema, needed && !lines(own).includes('@optional')];
  });
  const required = entries.filter(([, , needed]) => needed).map(([key]) => key);
  return {
    type: 'object',
    additionalProperties: false,
    ...(required.length === 0 ? {} : { required }),
    properties: Object.fromEntries(entries.map(([key, schema]) => [key, schema])),
  };
}

/** The schema a line `# @spec KIND` stands for. */
function specOf(comment: string | null | undefined, specs: BlockContext['specs']): JsonSchema | undefined {
  const kind = lines(comment)
    .find((line) => line.startsWith('@spec '))
    ?.slice('@spec '.length);
  if (kind === undefined) return undefined;
  const spec = specs[kind];
  if (spec === undefined) throw new Error(`values.yaml: there is no kind ${kind}`);
  return spec;
}

/** Whether templates print a default that must not be taken away. */
function isNeeded(key: string, { value }: Pair): boolean {
  if (kubernetesField(key) !== undefined) return false;
  if (isMap(value)) return value.items.some((pair) => isNeeded(String(pair.key), pair));
  return isScalar(value) && value.value !== '' && value.value !== null;
}

function valueSchema({ value }: Pair, specs: BlockContext['specs']): JsonSchema {
  if (isMap(value)) return blockSchema(value, { ...nothing, specs });
  if (isSeq(value)) return { type: 'array' };
  const scalar = isScalar(value) ? value.value : null;
  switch (typeof scalar) {
    case 'boolean':
      return { type: 'boolean' };
    case 'number':
      return { type: Number.isInteger(scalar) ? 'integer' : 'number' };
    case 'string':
      return { type: 'string' };
    default:
      return {};
  }
}

function described(comment: string | null | undefined): JsonSchema {
  const text = lines(comment)
    .filter((line) => !line.startsWith('@'))
    .join(' ');
  return text === '' ? {} : { description: text };
}

function refined(comment: string | null | undefined): JsonSchema {
  const line = lines(comment).find((text) => text.startsWith('@schema'));
  const own = line === undefined ? {} : (JSON.parse(line.slice('@schema'.length)) as JsonSchema);
  return { ...rule(comment), ...own };
}

/** A rule that the app's own flag has too. */
function rule(comment: string | null | undefined): JsonSchema {
  const name = lines(comment)
    .find((text) => text.startsWith('@rule '))
    ?.slice('@rule '.length);
  if (name === undefined) return {};
  if (!Object.hasOwn(chartRules, name)) throw new Error(`values.yaml: there is no rule ${name}`);
  return { ...chartRules[name as keyof typeof chartRules] };
}

function lines(comment: string | null | undefined): string[] {
  // A blank line parts a heading from the comment of the key that follows.
  return (comment?.split(/\n\s*\n/).at(-1) ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
