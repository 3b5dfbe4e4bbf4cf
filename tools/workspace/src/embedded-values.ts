import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { embeddings } from './embedded-charts.ts';
import { kubernetesField } from './values-kubernetes.ts';
import { type JsonSchema, valuesSchema } from './values-schema.ts';

/** What is not a user's to say about a chart that another one renders. */
const chosen: Readonly<Record<string, readonly string[]>> = {
  'operator-manager': ['controllers', 'nodeFeatureRule', 'enabled'],
};

const image = {
  type: 'object',
  additionalProperties: false,
  properties: Object.fromEntries(
    ['repository', 'tag', 'digest', 'pullPolicy'].map((key) => [key, { type: 'string' }]),
  ),
};

/** The device plugin of the older charts' values. */
const devicePlugin = {
  type: 'object',
  additionalProperties: false,
  properties: {
    image,
    arguments: { type: ['array', 'string'], items: { type: ['string', 'number', 'boolean'] } },
    resources: kubernetesField('resources'),
  },
};

/**
 * What blocks of a chart's values hold that are the values of the charts it renders, by
 * the name `# @spec` has for them: part of those, so nothing is needed.
 */
export async function embeddedBlocks(
  root: string,
  chart: string,
  globals: string,
): Promise<Record<string, JsonSchema>> {
  const parts = embeddings[chart]?.charts;
  if (parts === undefined) return {};
  const schemas = parts.map(async (part): Promise<[string, JsonSchema]> => {
    const values = await readFile(join(root, 'charts', part, 'values.yaml'), 'utf8');
    return [part, blockOf(valuesSchema(values, { globals }), chosen[part] ?? [])];
  });
  return { ...Object.fromEntries(await Promise.all(schemas)), image, 'device-plugin': devicePlugin };
}

function blockOf(schema: JsonSchema, without: readonly string[]): JsonSchema {
  const { $schema: _, definitions: __, properties, ...rest } = schema;
  const left = Object.entries(properties as Record<string, JsonSchema>).filter(
    ([key]) => !['global', 'common', ...without].includes(key),
  );
  return partial({ ...rest, properties: Object.fromEntries(left) });
}

/** The same with nothing required. */
function partial({ required: _, ...schema }: JsonSchema): JsonSchema {
  if (schema.properties === undefined) return schema;
  const properties = Object.entries(schema.properties as Record<string, JsonSchema>);
  return { ...schema, properties: Object.fromEntries(properties.map(([key, one]) => [key, partial(one)])) };
}
