import { formatDuration, HwError, ok, parseDuration, type Result } from '@rackwright/core';
import type { OptionSpec, OptionType, OptionValue } from './option-spec.ts';

/** What is wrong with a text, without saying which option it was for. */
type Parsed = Result<OptionValue, string>;

const no = (error: string): Parsed => ({ ok: false, error });

/** Go's strconv.ParseBool accepts exactly these. */
const booleans: Readonly<Record<string, boolean>> = {
  1: true,
  t: true,
  T: true,
  true: true,
  TRUE: true,
  True: true,
  0: false,
  f: false,
  F: false,
  false: false,
  FALSE: false,
  False: false,
};

const parsers: Readonly<Record<OptionType, (text: string) => Parsed>> = {
  string: ok,
  integer: parseInteger,
  port: parsePort,
  boolean: (text) => {
    const value = Object.hasOwn(booleans, text) ? booleans[text] : undefined;
    return value === undefined ? no('is not a boolean; write true or false') : ok(value);
  },
  duration: parseLength,
  list: (text) => ok(splitList(text)),
};

/** Reads an option's text, checks choices and its own validation. The error is half a sentence. */
export function parseValue(option: OptionSpec, text: string): Parsed {
  const parsed = parsers[option.type](text);
  return parsed.ok ? checkValue(option, parsed.value) : no(`${quote(text)} ${parsed.error}`);
}

/** Checks a value of the right type against the option's choices and validation. */
export function checkValue(option: OptionSpec, value: OptionValue): Parsed {
  if ('choices' in option && option.choices !== undefined) {
    const choices = option.choices;
    const wrong = [value].flat().find((item) => !choices.includes(String(item)));
    if (wrong !== undefined) return no(`${quote(String(wrong))} is not one of ${choices.join(', ')}`);
  }
  // The value has the option's own type here: it comes from the parser of that type.
  const validate = option.validate as ((value: OptionValue) => string | undefined) | undefined;
  const objection = validate?.(value);
  return objection === undefined ? ok(value) : no(`${quote(formatValue(option.type, value))} ${objection}`);
}

/** The default of an option as a value, or undefined if it has none. */
export function defaultValue(option: OptionSpec): OptionValue | undefined {
  if (typeof option.default !== 'string' || option.type === 'string') return option.default;
  const parsed = parsers[option.type](option.default);
  if (!parsed.ok) {
    throw new HwError('Internal', `default of --${option.flag}: ${quote(option.default)} ${parsed.error}`);
  }
  return parsed.value;
}

/** Writes a value as one would type it. */
export function formatValue(type: OptionType, value: OptionValue): string {
  if (type === 'duration') return formatDuration(Number(value));
  return Array.isArray(value) ? value.join(',') : String(value);
}

/** Quoted and cut short, so that a wrong value cannot flood a log line. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}…` : text);
}

function parseInteger(text: string): Parsed {
  const value = /^(-?\d{1,16}|0[xX][0-9a-fA-F]{1,13})$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? ok(value) : no('is not a whole number');
}

function parsePort(text: string): Parsed {
  const value = /^:?\d{1,5}$/.test(text) ? Number(text.replace(':', '')) : Number.NaN;
  return value <= 65_535 ? ok(value) : no('is not a port number from 0 to 65535');
}

function parseLength(text: string): Parsed {
  try {
    const value = parseDuration(text);
    return value >= 0 ? ok(value) : no('is negative');
  } catch {
    return no('is not a duration; write it like 30s, 5m or 1h30m');
  }
}

function splitList(text: string): readonly string[] {
  const items = text.split(',').map((item) => item.trim());
  return distinct(items.filter((item) => item !== ''));
}

/** Each item once, in order: lists of several sources are joined, and what they become may be a set. */
export function distinct(items: readonly string[]): readonly string[] {
  return [...new Set(items)];
}
