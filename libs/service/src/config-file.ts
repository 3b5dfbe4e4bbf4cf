import { errorMessage } from '@rackwright/core';
import { nearest } from './nearest.ts';
import type { OptionSpec, OptionSpecs, OptionValue } from './option-spec.ts';
import { checkValue, distinct, parseValue, quote } from './option-values.ts';

export interface FileValues {
  readonly values: Readonly<Record<string, OptionValue>>;
  /** Whole sentences, each naming the file and the key. */
  readonly problems: readonly string[];
}

/**
 * Reads a configuration file: one JSON object (a subset of YAML) whose keys
 * are flag names or the names the app's code uses, and whose values are what
 * one would write after the flag, or JSON of the same type. Never throws.
 */
export function parseConfigFile(specs: OptionSpecs, path: string, text: string): FileValues {
  const problems: string[] = [];
  const values: Record<string, OptionValue> = {};
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    return { values, problems: [`--config: ${path} is not JSON: ${errorMessage(error)}`] };
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    return { values, problems: [`--config: ${path} holds no JSON object`] };
  }
  for (const [name, raw] of Object.entries(content)) {
    const [key, option] = Object.entries(specs).find(([k, o]) => k === name || o.flag === name) ?? [];
    if (key === undefined || option === undefined || option.flag === 'config') {
      const near = nearest(
        name,
        Object.values(specs).map((o) => o.flag),
      );
      const hint = near === undefined ? '' : `, did you mean ${quote(near)}?`;
      problems.push(`--config: ${path} has the unknown key ${quote(name)}${hint}`);
      continue;
    }
    const value = fileValue(option, raw);
    if (value.ok) values[key] = value.value;
    else problems.push(`--config: ${quote(name)} in ${path}: ${value.error}`);
  }
  return { values, problems };
}

function fileValue(option: OptionSpec, raw: unknown): ReturnType<typeof parseValue> {
  if (typeof raw === 'string') return parseValue(option, raw);
  if (typeof raw === 'boolean' && option.type === 'boolean') return checkValue(option, raw);
  if (typeof raw === 'number' && (option.type === 'integer' || option.type === 'port')) {
    return parseValue(option, String(raw));
  }
  if (option.type === 'list' && Array.isArray(raw) && raw.every((item) => typeof item === 'string')) {
    return checkValue(option, distinct(raw));
  }
  return { ok: false, error: `${quote(JSON.stringify(raw))} is not a ${option.type}` };
}
