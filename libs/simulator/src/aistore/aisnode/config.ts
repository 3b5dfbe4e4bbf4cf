import { parseDuration } from '@rackwright/core';
import { at, isObject, type Json, type JsonObject, merge } from '../process/json.ts';
import { defaultConfig, renamedKeys } from './default-config.ts';

/** Backends of buckets a cluster knows. */
const providers = ['ais', 'aws', 'gcp', 'azure', 'oci', 'ht'];

/** Sections whose keys users choose. */
const freeForm = ['backend', 'tracing.attributes', 'tracing.exporter_auth'];

/** What a node answers to a configuration it does not take. */
export interface ConfigRefusal {
  readonly refused: string;
}

/** The full configuration with a partial one laid over it, as set-config does; or why not. */
export function withChange(config: JsonObject, change: JsonObject): JsonObject | ConfigRefusal {
  const wanted = oldNames(change, renamedKeys);
  const refused = problem(defaultConfig, wanted, '');
  return refused === undefined ? merge(config, wanted) : { refused };
}

export function isRefusal(outcome: JsonObject | ConfigRefusal): outcome is ConfigRefusal {
  return typeof outcome.refused === 'string';
}

/** What a file of the configuration, sparse or not, comes to. */
export function fullConfig(file: JsonObject): JsonObject | ConfigRefusal {
  // Written by a node that ran before, beside what may be set.
  const { uuid: _, config_version: __, lastupdate_time: ___, ...settings } = file;
  return withChange(defaultConfig, settings);
}

/** The configuration as a release of AIStore shows it. */
export function shownConfig(config: JsonObject, dialect: '4.9' | '5.0'): JsonObject {
  const { auth } = config;
  if (dialect === '4.9' || !isObject(auth)) return config;
  const { enabled, cluster_key, ...rest } = auth;
  return {
    ...config,
    auth: { ...rest, client_auth_required: enabled ?? false, intra_cluster: cluster_key ?? {} },
  };
}

/** Whether a switch of the configuration is on. */
export function isOn(config: JsonObject, ...keys: readonly string[]): boolean {
  return at(config, ...keys) === true;
}

/** A partial configuration without the keys AIStore does not know: readers of files pass over those. */
export function withoutUnknown(change: JsonObject): JsonObject {
  return known(defaultConfig, oldNames(change, renamedKeys), '');
}

function known(model: JsonObject, change: JsonObject, path: string): JsonObject {
  return Object.fromEntries(
    Object.entries(change).flatMap(([key, value]) => {
      const name = path === '' ? key : `${path}.${key}`;
      const below = Object.hasOwn(model, key) ? model[key] : undefined;
      if (below === undefined) return [];
      const isSection = isObject(below) && isObject(value) && !freeForm.includes(name);
      return [[key, isSection ? known(below, value, name) : value]];
    }),
  );
}

function oldNames(change: JsonObject, names: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(change).map(([key, value]) => {
      const known = Object.hasOwn(names, key) ? names[key] : undefined;
      if (typeof known === 'string') return [known, value];
      return [key, isObject(known) && isObject(value) ? oldNames(value, known) : value];
    }),
  );
}

function problem(known: JsonObject, change: JsonObject, path: string): string | undefined {
  for (const [key, value] of Object.entries(change)) {
    const name = path === '' ? key : `${path}.${key}`;
    const model = Object.hasOwn(known, key) ? known[key] : undefined;
    const found =
      model === undefined ? `unknown configuration key "${name}"` : valueProblem(name, model, value);
    if (found !== undefined) return found;
  }
  return undefined;
}

function valueProblem(name: string, model: Json, value: Json): string | undefined {
  if (name === 'backend') return backendProblem(value);
  if (freeForm.includes(name)) return isObject(value) ? undefined : wrongType(name, value);
  if (isObject(model)) return isObject(value) ? problem(model, value, name) : wrongType(name, value);
  if (isDuration(model))
    return isDuration(value) ? undefined : `${name}: invalid duration ${JSON.stringify(value)}`;
  // Sizes and levels are numbers or texts.
  const sizes = ['string', 'number'];
  if (sizes.includes(typeof model) && sizes.includes(typeof value)) return watermarkProblem(name, value);
  return typeof model === typeof value ? undefined : wrongType(name, value);
}

function backendProblem(value: Json): string | undefined {
  if (!isObject(value)) return wrongType('backend', value);
  const unknown = Object.keys(value).find((provider) => !providers.includes(provider));
  return unknown === undefined ? undefined : `invalid backend provider "${unknown}"`;
}

function watermarkProblem(name: string, value: Json): string | undefined {
  if (!name.startsWith('space.') || typeof value !== 'number' || name === 'space.batch_size')
    return undefined;
  return value >= 0 && value <= 100 ? undefined : `${name}: ${value} is not in the range 0 to 100`;
}

function wrongType(name: string, value: Json): string {
  return `${name}: cannot take ${JSON.stringify(value)}`;
}

function isDuration(value: Json): boolean {
  if (typeof value !== 'string' || !/^[\d.]+(ns|us|ms|s|m|h)/.test(value)) return false;
  try {
    parseDuration(value);
    return true;
  } catch {
    return false;
  }
}
