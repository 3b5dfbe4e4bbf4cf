import { errorMessage, fail, HwError, ok, type Result } from '@rackwright/core';

/** What plain YAML documents are made of. */
export type YamlValue =
  | string
  | number
  | boolean
  | readonly YamlValue[]
  | { readonly [key: string]: YamlValue | undefined };

/** Reads any YAML or JSON document. */
export async function readYaml(text: string): Promise<Result<unknown>> {
  // Loaded only when needed: the parser costs memory.
  const { parse } = await import('yaml');
  try {
    return ok(parse(text));
  } catch (cause) {
    return fail(new HwError('InvalidArgument', `not YAML: ${errorMessage(cause)}`));
  }
}

/** Words YAML 1.1 or 1.2 readers take for booleans, null or numbers. */
const reserved = /^(true|false|yes|no|on|off|y|n|null|nan|inf|[0-9.+-].*)$/i;

/**
 * Writes a value as block-style YAML. The same value always gives the same
 * bytes; keys keep their order, and those without a value or with an empty
 * collection are left out.
 */
export function toYaml(value: YamlValue): string {
  return `${lines(value).join('\n')}\n`;
}

function lines(value: YamlValue): string[] {
  if (isEmpty(value)) return [Array.isArray(value) ? '[]' : '{}'];
  if (Array.isArray(value)) return value.flatMap((item: YamlValue) => hang(lines(item), '- '));
  if (typeof value === 'object') return Object.entries(value).flatMap(([key, field]) => entry(key, field));
  return [scalar(value as string | number | boolean)];
}

function entry(key: string, value: YamlValue | undefined): string[] {
  if (value === undefined || isEmpty(value)) return [];
  if (typeof value !== 'object') return [`${scalar(key)}: ${scalar(value)}`];
  return [`${scalar(key)}:`, ...lines(value).map((line) => `  ${line}`)];
}

/** Puts `mark` before the first line and indents the others as deep. */
function hang(block: string[], mark: string): string[] {
  return block.map((line, i) => (i === 0 ? mark + line : ' '.repeat(mark.length) + line));
}

/** A plain scalar where every reader agrees on it, else a double-quoted one. */
function scalar(value: string | number | boolean): string {
  if (typeof value !== 'string') return String(value);
  const plain = /^[A-Za-z_/][\w/.,+@=-]*$/.test(value) && !reserved.test(value);
  return plain ? value : JSON.stringify(value).replace(unprintable, escaped);
}

/** JSON leaves these as they are, YAML readers do not take them raw. */
const unprintable = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function isEmpty(value: YamlValue): boolean {
  if (typeof value !== 'object') return false;
  if (Array.isArray(value)) return value.length === 0;
  return Object.values(value).every((one) => one === undefined || isEmpty(one));
}
