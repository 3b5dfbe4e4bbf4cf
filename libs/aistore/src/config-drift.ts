import { isSameText, isZeroText } from './config-values.ts';
import { renamedSettings } from './dialect.ts';
import { isJsonObject, type JsonObject, type JsonValue } from './json.ts';

/** A setting that a cluster has otherwise than it was asked for. */
export interface ConfigDifference {
  /** Such as `rebalance.enabled`. */
  readonly path: string;
  readonly desired: JsonValue;
  /** Absent if the cluster does not have the setting at all. */
  readonly actual: JsonValue | undefined;
}

/**
 * Which settings of a partial configuration a cluster has otherwise. What
 * `desired` does not name is the cluster's own, and `null` names nothing.
 * Durations and sizes are compared by what they mean, a setting by both of its
 * names, and a list as a whole. What is absent in `actual` is the same as its
 * zero, since Go leaves zeros out.
 */
export function configDrift(desired: JsonObject, actual: JsonObject): ConfigDifference[] {
  return differences(desired, actual, '');
}

function differences(desired: JsonObject, actual: JsonValue | undefined, under: string): ConfigDifference[] {
  const wrong: ConfigDifference[] = [];
  for (const [key, wanted] of Object.entries(desired)) {
    if (wanted === undefined || wanted === null) continue;
    const path = under === '' ? key : `${under}.${key}`;
    const found = present(actual, path, key);
    if (!isJsonObject(wanted)) {
      if (!isSame(wanted, found)) wrong.push({ path, desired: wanted, actual: found });
    } else if (isProvider(path) && !isJsonObject(found)) {
      wrong.push({ path, desired: wanted, actual: found });
    } else wrong.push(...differences(wanted, found, path));
  }
  return wrong;
}

/** A backend is switched on by its being there: `backend: {aws: {}}`. */
function isProvider(path: string): boolean {
  return /^backend\.[^.]+$/.test(path);
}

function isSame(desired: JsonValue, actual: JsonValue | undefined): boolean {
  if (actual === undefined || actual === null) return isZero(desired);
  if (typeof desired === 'string' && typeof actual === 'string') return isSameText(desired, actual);
  if (isNumber(desired) && isNumber(actual)) return String(desired) === String(actual);
  if (Array.isArray(desired) && Array.isArray(actual))
    return desired.length === actual.length && desired.every((item, i) => isSameItem(item, actual[i]));
  return desired === actual;
}

function isSameItem(desired: JsonValue, actual: JsonValue | undefined): boolean {
  if (!isJsonObject(desired)) return isSame(desired, actual);
  return isJsonObject(actual) && differences(desired, actual, '').length === 0;
}

function isZero(value: JsonValue): boolean {
  if (typeof value === 'string') return isZeroText(value);
  if (Array.isArray(value)) return value.length === 0;
  return value === null || value === false || value === 0 || value === 0n;
}

function isNumber(value: JsonValue): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

/** What a cluster has under a path, whichever release named it. */
function present(actual: JsonValue | undefined, path: string, key: string): JsonValue | undefined {
  if (!isJsonObject(actual)) return undefined;
  const name = (newestFirst(path) ?? [key]).find((word) => Object.hasOwn(actual, word));
  return name === undefined ? undefined : actual[name];
}

/** What the releases call the setting under a path, if not all call it the same. */
function newestFirst(path: string): readonly string[] | undefined {
  for (const [section, before, after] of renamedSettings) {
    if (path === `${section}.${before}` || path === `${section}.${after}`) return [after, before];
  }
  return undefined;
}
