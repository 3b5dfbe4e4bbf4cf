import { isSameJson } from '../schema/same-json.ts';

/** Any part of an object. */
export type Json = unknown;
export type JsonMap = { readonly [key: string]: Json };

/**
 * One place in which an object differs from what is made of its other version.
 *
 * It is written down in annotations and read by later releases: a place is the
 * keys from the root, `was` what the conversion makes and `is` what is meant;
 * a key that is left out stands for nothing there.
 */
export interface Deviation {
  readonly at: readonly string[];
  readonly was?: Json;
  readonly is?: Json;
}

export function isMap(value: Json): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Where `meant` differs from `made`. Lists are compared as a whole: their entries have no names. */
export function deviationsOf(made: Json, meant: Json, at: readonly string[] = []): Deviation[] {
  if (isSameJson(made, meant)) return [];
  if (!isMap(made) || !isMap(meant))
    return [
      { at, ...(made === undefined ? {} : { was: made }), ...(meant === undefined ? {} : { is: meant }) },
    ];
  const keys = new Set([...Object.keys(made), ...Object.keys(meant)]);
  return [...keys].flatMap((key) => deviationsOf(own(made, key), own(meant, key), [...at, key]));
}

/**
 * The object with the deviations it had, but those whose place was changed since
 * in the other version: there the change counts.
 */
export function withDeviations(made: Json, deviations: readonly Deviation[]): Json {
  return deviations.reduce((value, { at, was, is }) => replaced(value, at, was, is), made);
}

function replaced(value: Json, at: readonly string[], was: Json, is: Json): Json {
  const [key, ...rest] = at;
  if (key === undefined) return isSameJson(value, was) ? is : value;
  if (!isMap(value)) return value;
  const child = replaced(own(value, key), rest, was, is);
  const { [key]: _, ...others } = value;
  return child === undefined ? others : { ...others, [key]: child };
}

function own(map: JsonMap, key: string): Json {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

/** Deviations as they were written down; none for what is not such a list. */
export function readDeviations(text: string | undefined): Deviation[] {
  const read = text === undefined ? undefined : parsed(text);
  return Array.isArray(read) && read.every(isDeviation) ? read : [];
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function isDeviation(value: Json): value is Deviation {
  return isMap(value) && Array.isArray(value.at) && value.at.every((key) => typeof key === 'string');
}
