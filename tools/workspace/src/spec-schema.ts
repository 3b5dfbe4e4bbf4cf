import type { customResourceDefinition } from '@rackwright/api/generate';
import type { JsonSchema } from './values-schema.ts';

type Crd = ReturnType<typeof customResourceDefinition>;
type Field = { readonly [key: string]: unknown };
type Version = { readonly storage: boolean; readonly schema: { readonly openAPIV3Schema: Field } };

/**
 * The schema of a kind's spec as one for values: what the API server would
 * refuse, Helm refuses first and names the value. So are fields it does not
 * have, which the API server would drop.
 */
export function specSchema(crd: Crd): JsonSchema {
  const { versions } = crd.spec as { versions: readonly Version[] };
  const stored = versions.find(({ storage }) => storage);
  const { spec } = (stored?.schema.openAPIV3Schema.properties ?? {}) as Record<string, Field>;
  return plainSchema(spec ?? {});
}

/** Without words for Kubernetes alone. */
function plainSchema(field: Field): JsonSchema {
  const { properties, items, additionalProperties, required, ...rest } = field;
  const kept = Object.entries(rest).filter(([key]) => !/^(x-kubernetes-|default$|description$)/.test(key));
  const fields = Object.entries((properties ?? {}) as Record<string, Field>);
  const needed = ((required ?? []) as string[]).filter((name) => !hasDefault(fields, name));
  const open = additionalProperties !== undefined || field['x-kubernetes-preserve-unknown-fields'] === true;
  const closed = properties !== undefined && !open;
  return {
    ...Object.fromEntries(kept),
    ...(closed ? { additionalProperties: false } : {}),
    ...(field['x-kubernetes-int-or-string'] === true ? { type: ['integer', 'string'] } : {}),
    ...offUnquoted(field),
    ...(needed.length === 0 ? {} : { required: needed }),
    ...(properties === undefined
      ? {}
      : { properties: Object.fromEntries(fields.map(([name, value]) => [name, plainSchema(value)])) }),
    ...(items === undefined ? {} : { items: plainSchema(items as Field) }),
    ...(typeof additionalProperties === 'object'
      ? { additionalProperties: plainSchema(additionalProperties as Field) }
      : {}),
  };
}

/** Helm's YAML reads Off without quotes as false; the chart makes Off of it again. */
function offUnquoted(field: Field): JsonSchema {
  const choices = (field.enum ?? []) as unknown[];
  return choices.includes('Off') ? { type: ['string', 'boolean'], enum: [...choices, false] } : {};
}

/** The API server fills in defaults before it looks for what is missing. */
function hasDefault(fields: readonly [string, Field][], name: string): boolean {
  return fields.some(([key, field]) => key === name && field.default !== undefined);
}
