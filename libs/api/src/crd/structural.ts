import * as z from 'zod';

/** A node of a structural OpenAPI v3 schema as the API server wants it in a CRD. */
export type StructuralSchema = { [key: string]: unknown };

/** Keys in the order they are written; what is not listed comes before `properties`. */
const firstKeys = ['description', 'type', 'format', 'default', 'enum'];
const lastKeys = ['required', 'properties', 'additionalProperties', 'items'];

/**
 * The structural schema of what a user may write for `schema`
 * (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema).
 * Unknown fields are left out of it, so the API server prunes them.
 */
export function structuralSchema(schema: z.ZodType): StructuralSchema {
  const json = z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input', unrepresentable: 'throw' });
  return structural(json as StructuralSchema);
}

function structural(node: StructuralSchema): StructuralSchema {
  const { $schema: _dialect, ...rest } = node;
  if (rest['x-kubernetes-int-or-string'] === true) {
    // Type and bounds of the two branches belong into rules; structural schemas take only this form.
    return ordered({ ...rest, anyOf: [{ type: 'integer' }, { type: 'string' }] });
  }
  const result: StructuralSchema = {};
  for (const [key, value] of Object.entries(rest)) {
    if (isNoise(key, value)) continue;
    result[key] = convert(key, value);
  }
  return ordered(result);
}

/** What zod writes for every integer and object although it says nothing. */
function isNoise(key: string, value: unknown): boolean {
  return (
    (key === 'maximum' && value === Number.MAX_SAFE_INTEGER) ||
    (key === 'minimum' && value === Number.MIN_SAFE_INTEGER) ||
    (key === 'additionalProperties' && typeof value === 'boolean')
  );
}

function convert(key: string, value: unknown): unknown {
  if (key === 'properties') {
    return Object.fromEntries(
      Object.entries(value as Record<string, StructuralSchema>).map(([name, child]) => [
        name,
        structural(child),
      ]),
    );
  }
  return key === 'items' || key === 'additionalProperties' ? structural(value as StructuralSchema) : value;
}

function ordered(node: StructuralSchema): StructuralSchema {
  const rank = (key: string): number => {
    const first = firstKeys.indexOf(key);
    if (first >= 0) return first - firstKeys.length;
    return lastKeys.indexOf(key) + 1;
  };
  return Object.fromEntries(Object.entries(node).sort(([a], [b]) => rank(a) - rank(b)));
}
