import { isMap, isScalar, isSeq, type Node, type Pair, parseDocument, type YAMLMap } from 'yaml';

/** A JSON schema, draft 7, as Helm reads it from values.schema.json. */
export type JsonSchema = { readonly [key: string]: unknown };

/**
 * Makes the schema of a chart from its values.yaml: types come from the
 * defaults, descriptions from the comments, and a comment line
 * `# @schema {…}` adds what a default cannot say (an enum, bounds, a pattern).
 * Keys the file does not have are refused, except in blocks that are empty by
 * default and in those of subcharts.
 *
 * @param subcharts keys that hold the values of a subchart, which has its own schema
 */
export function valuesSchema(text: string, subcharts: readonly string[] = []): JsonSchema {
  const document = parseDocument(text);
  if (!isMap(document.contents)) throw new Error('values.yaml: expected a mapping');
  const schema = mapSchema(document.contents, new Set(subcharts));
  const properties = { ...implied(subcharts), ...(schema.properties as object) };
  return { $schema: 'http://json-schema.org/draft-07/schema#', ...schema, properties };
}

/** Keys Helm itself puts into a chart's values: what is global, the parent's switch, and every subchart. */
function implied(subcharts: readonly string[]): JsonSchema {
  const open = Object.fromEntries(subcharts.map((name) => [name, { type: 'object' }]));
  return { global: { type: 'object' }, enabled: { type: 'boolean' }, ...open };
}

function mapSchema(map: YAMLMap, open: ReadonlySet<string> = new Set()): JsonSchema {
  if (map.items.length === 0) return { type: 'object' };
  const properties = map.items.map((pair, i) => {
    const key = isScalar(pair.key) ? String(pair.key.value) : '';
    const comment =
      pair.key !== null && typeof pair.key === 'object' ? (pair.key as Node).commentBefore : undefined;
    const own = comment ?? (i === 0 ? map.commentBefore : undefined);
    return [
      key,
      open.has(key) ? { type: 'object' } : { ...described(own), ...valueSchema(pair), ...refined(own) },
    ] as const;
  });
  return { type: 'object', additionalProperties: false, properties: Object.fromEntries(properties) };
}

function valueSchema({ value }: Pair): JsonSchema {
  if (isMap(value)) return mapSchema(value);
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
    .filter((line) => !line.startsWith('@schema'))
    .join(' ');
  return text === '' ? {} : { description: text };
}

function refined(comment: string | null | undefined): JsonSchema {
  const line = lines(comment).find((text) => text.startsWith('@schema'));
  return line === undefined ? {} : (JSON.parse(line.slice('@schema'.length)) as JsonSchema);
}

function lines(comment: string | null | undefined): string[] {
  // A blank line parts a heading from the comment of the key that follows.
  return (comment?.split(/\n\s*\n/).at(-1) ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
