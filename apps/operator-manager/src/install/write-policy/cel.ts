import { digestLength } from '@rackwright/core';

// Pieces of CEL (https://kubernetes.io/docs/reference/using-api/cel/) the policies are put together from.

/** Lists texts in CEL. */
export function listOf(texts: readonly string[]): string {
  return `[${texts.map((text) => `'${text}'`).join(', ')}]`;
}

/** The map or list under `key` of a map, or the empty one. */
export function fieldOf(map: string, key: string, empty: '{}' | '[]' = '{}'): string {
  return `'${key}' in ${map} ? ${map}.${key} : dyn(${empty})`;
}

/**
 * The keys under which two maps differ, but for those `free` lets through, a
 * condition over `key`. Whatever a later API server puts into the maps counts.
 */
export function differences(after: string, before: string, free: string): string {
  return (
    `(${after}.filter(key, !(${free}) && !(key in ${before} && ${before}[key] == ${after}[key]))` +
    ` + ${before}.filter(key, !(${free}) && !(key in ${after})))`
  );
}

/**
 * Whether `text` is `name` as `fitName` writes it into `max` characters, with
 * something matching `rest` behind it. CEL knows no digests: of one it is only
 * seen that it looks like one.
 */
export function isFitted(text: string, name: string, { max, rest = '' }: FittedName): string {
  const stem = `${name}.substring(0, ${max - digestLength - 1}).find('^.*[a-z0-9]')`;
  const behind = (start: string, pattern: string): string =>
    `(${text}.startsWith(${start}) && ${text}.substring(size(${start})).matches('^${pattern}$'))`;
  return `(size(${name}) <= ${max} ? ${behind(name, rest)} : ${behind(stem, `-[0-9a-f]{${digestLength}}${rest}`)})`;
}

interface FittedName {
  readonly max: number;
  /** Regular expression of what follows the name; default nothing. */
  readonly rest?: string;
}
