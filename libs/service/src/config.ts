import { errorMessage, HwError } from '@rackwright/core';
import { parseArguments } from './arguments.ts';
import { type FileValues, parseConfigFile } from './config-file.ts';
import type { ConfigOf, OptionSpec, OptionSpecs, OptionValue } from './option-spec.ts';
import { defaultValue, parseValue, quote } from './option-values.ts';

/** Where a configuration comes from. */
export interface ConfigSources {
  /** Arguments without the interpreter and the script. */
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Text of the file `--config` names; throws if it cannot be read. */
  readonly readFile: (path: string) => string;
}

/**
 * Resolves every option: flag, else environment variable, else configuration
 * file, else default. An empty environment variable counts as unset; an empty
 * flag (`--name=`) is the empty value.
 *
 * @throws HwError InvalidArgument listing everything that is wrong, each with
 *   the flag, the environment variable and what to write instead
 */
export function loadConfig<S extends OptionSpecs>(specs: S, sources: ConfigSources): ConfigOf<S> {
  const { flags, problems: argumentProblems } = parseArguments(specs, sources.argv);
  const problems = [...argumentProblems];
  const given = givenValues(specs, flags, problems);
  const file = readConfigFile(specs, sources, given.get('config'));
  problems.push(...file.problems);
  const config: Record<string, OptionValue | undefined> = {};
  for (const [key, option] of Object.entries(specs)) {
    const text = fromFlag(option, given.get(key)) ?? fromEnv(option, sources.env);
    const parsed = text === undefined ? undefined : parseValue(option, text.text);
    if (parsed?.ok === false) problems.push(`${text?.source}: ${parsed.error}`);
    config[key] = parsed?.ok === true ? parsed.value : (file.values[key] ?? defaultValue(option));
    const missing = config[key] === undefined || config[key] === '';
    if (missing && option.required === true && parsed?.ok !== false) {
      problems.push(`${nameOf(option)} is required`);
    }
  }
  if (problems.length > 0) throw new HwError('InvalidArgument', problems.join('; '), fieldOf(problems));
  return config as ConfigOf<S>;
}

/** What the command line says of each option, by its key; what it says twice is added to `problems`. */
function givenValues(
  specs: OptionSpecs,
  flags: ReturnType<typeof parseArguments>['flags'],
  problems: string[],
): Map<string, string> {
  const given = new Map<string, string>();
  for (const { key, text } of flags) {
    const option = specs[key];
    const before = given.get(key);
    if (option?.single === true && before !== undefined && before !== text)
      problems.push(`--${option.flag} is given twice, as ${quote(before)} and ${quote(text)}`);
    given.set(key, before !== undefined && isJoined(option) ? `${before},${text}` : text);
  }
  return given;
}

/** Whether what is given several times adds up; else the last one counts. */
function isJoined(option: OptionSpec | undefined): boolean {
  return option?.type === 'list' && option.single !== true && option.lastWins !== true;
}

/** The flag and the environment twin of an option, for messages: `--x (or X_ENV)`. */
export function nameOf(option: OptionSpec): string {
  const env = envNames(option);
  return `--${option.flag}${env.length === 0 ? '' : ` (or ${env.join(', ')} in the environment)`}`;
}

/** The environment variables of an option, in order of precedence. */
export function envNames(option: OptionSpec): readonly string[] {
  return option.env === undefined ? [] : [option.env].flat();
}

interface Given {
  readonly text: string;
  readonly source: string;
}

function fromFlag(option: OptionSpec, text: string | undefined): Given | undefined {
  return text === undefined ? undefined : { text, source: nameOf(option) };
}

function fromEnv(option: OptionSpec, env: NodeJS.ProcessEnv): Given | undefined {
  for (const name of envNames(option)) {
    const text = env[name];
    if (text !== undefined && text !== '') return { text, source: `${name} (--${option.flag})` };
  }
  return undefined;
}

function readConfigFile(specs: OptionSpecs, sources: ConfigSources, given: string | undefined): FileValues {
  const option = specs.config;
  const path = given ?? (option === undefined ? undefined : fromEnv(option, sources.env)?.text);
  if (path === undefined || path === '') return { values: {}, problems: [] };
  try {
    return parseConfigFile(specs, path, sources.readFile(path));
  } catch (error) {
    return { values: {}, problems: [`--config: cannot read ${path}: ${errorMessage(error)}`] };
  }
}

function fieldOf(problems: readonly string[]): { field?: string } {
  const flag = /--[a-z0-9][\w.-]*/i.exec(problems[0] ?? '')?.[0];
  return flag === undefined ? {} : { field: flag };
}
