import type { CustomResourceDefinition } from '@rackwright/kube';

/** Sentences name at most this many fields; the first ones say enough. */
const maxTold = 10;

type Version = NonNullable<CustomResourceDefinition['spec']>['versions'][number];
type Schema = Readonly<Record<string, unknown>>;

/**
 * What `needed` has and `live` lacks, as readable sentences; empty when `live` can
 * store all that `needed` can. The API server drops fields its CRD does not know
 * without an error, so an older CRD has to be told of. More than is needed (the CRD
 * of a newer version) and stricter or looser rules are no shortfall.
 */
export function crdShortfall(needed: CustomResourceDefinition, live: CustomResourceDefinition): string[] {
  const told = (needed.spec?.versions ?? []).flatMap((version) => versionShortfall(version, live));
  return told.length <= maxTold
    ? told
    : [...told.slice(0, maxTold), `${told.length - maxTold} more like these`];
}

function versionShortfall(needed: Version, live: CustomResourceDefinition): string[] {
  const found = live.spec?.versions.find(({ name }) => name === needed.name);
  if (found === undefined || !found.served) return [`version ${needed.name} is not served`];
  const told: string[] = [];
  if (needed.subresources?.status !== undefined && found.subresources?.status === undefined)
    told.push(`version ${needed.name} has no status subresource`);
  compare(asSchema(needed.schema?.openAPIV3Schema), asSchema(found.schema?.openAPIV3Schema), '', told);
  return told;
}

function compare(needed: Schema, live: Schema, path: string, told: string[]): void {
  if (live['x-kubernetes-preserve-unknown-fields'] === true) return;
  const field = path === '' ? 'the object' : path;
  if (typeOf(needed) !== typeOf(live)) {
    told.push(`${field} is ${typeOf(live)}, needed is ${typeOf(needed)}`);
    return;
  }
  const values = missingValues(needed, live);
  if (values.length > 0) told.push(`${field} does not take ${values.join(', ')}`);
  if (listType(needed) !== listType(live)) told.push(`${field} is not merged as ${listType(needed)}`);
  compareChildren(needed, live, path, told);
}

function compareChildren(needed: Schema, live: Schema, path: string, told: string[]): void {
  const liveFields = asSchema(live.properties);
  for (const [name, child] of Object.entries(asSchema(needed.properties))) {
    const at = path === '' ? name : `${path}.${name}`;
    if (liveFields[name] === undefined) told.push(`${at} is missing`);
    else compare(asSchema(child), asSchema(liveFields[name]), at, told);
  }
  for (const key of ['items', 'additionalProperties'] as const) {
    if (typeof needed[key] === 'object')
      compare(asSchema(needed[key]), asSchema(live[key]), `${path}[]`, told);
  }
}

function missingValues(needed: Schema, live: Schema): unknown[] {
  if (!Array.isArray(live.enum)) return [];
  const accepted: readonly unknown[] = live.enum;
  // A live enum where any value is needed refuses most of them.
  return Array.isArray(needed.enum)
    ? needed.enum.filter((value) => !accepted.includes(value))
    : ['any value'];
}

function typeOf(schema: Schema): string {
  if (schema['x-kubernetes-int-or-string'] === true) return 'an integer or a string';
  return typeof schema.type === 'string' ? `of type ${schema.type}` : 'of no type';
}

/** How server-side apply merges a list; keys that differ make entries of others vanish. */
function listType(schema: Schema): string {
  const keys = schema['x-kubernetes-list-map-keys'];
  return `${String(schema['x-kubernetes-list-type'] ?? 'atomic')} ${Array.isArray(keys) ? keys.join('+') : ''}`.trim();
}

function asSchema(value: unknown): Schema {
  return typeof value === 'object' && value !== null ? (value as Schema) : {};
}
