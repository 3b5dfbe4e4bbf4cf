import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The parts of an API server's /openapi/v2 that schemas are made of. */
export interface OpenApiV2 {
  readonly definitions: Readonly<Record<string, Definition>>;
}

interface Definition {
  readonly properties?: Readonly<Record<string, Definition>>;
  readonly items?: Definition;
  readonly additionalProperties?: Definition | boolean;
  readonly type?: string;
  readonly format?: string;
  readonly $ref?: string;
  readonly 'x-kubernetes-group-version-kind'?: readonly {
    readonly group: string;
    readonly version: string;
    readonly kind: string;
  }[];
  readonly [key: string]: unknown;
}

/**
 * Writes one JSON schema per kind into `folder`, named as kubeconform looks
 * them up: `<kind>-<group>-<version>.json`, lower case, group up to its first
 * dot, no group for the core kinds. Unknown fields are refused.
 */
export async function writeSchemas(openapi: OpenApiV2, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const definitions = Object.fromEntries(
    Object.entries(openapi.definitions).map(([name, definition]) => [name, strict(definition)]),
  );
  await writeFile(join(folder, '_definitions.json'), JSON.stringify({ definitions }));
  for (const [name, definition] of Object.entries(openapi.definitions)) {
    for (const { group, version, kind } of definition['x-kubernetes-group-version-kind'] ?? []) {
      const parts = [kind, ...(group === '' ? [] : [group.split('.')[0]]), version].join('-').toLowerCase();
      await writeFile(
        join(folder, `${parts}.json`),
        JSON.stringify({ $ref: `_definitions.json#/definitions/${name}` }),
      );
    }
  }
}

/** Makes a definition refuse what it does not name, and accept both forms of int-or-string. */
function strict(definition: Definition): Definition {
  if (definition.type === 'string' && definition.format === 'int-or-string')
    return { anyOf: [{ type: 'string' }, { type: 'integer' }] };
  const { properties, items, additionalProperties } = definition;
  const free = definition['x-kubernetes-preserve-unknown-fields'] === true;
  return {
    ...definition,
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([key, value]) => [key, strict(value)]),
          ),
        }),
    ...(properties === undefined || additionalProperties !== undefined || free
      ? {}
      : { additionalProperties: false }),
    ...(items === undefined ? {} : { items: strict(items) }),
    ...(typeof additionalProperties === 'object'
      ? { additionalProperties: strict(additionalProperties) }
      : {}),
  };
}
