import { nearest } from './nearest.ts';
import type { OptionSpec, OptionSpecs } from './option-spec.ts';
import { quote } from './option-values.ts';

/** A flag that was given, by the key of its option. */
export interface GivenFlag {
  readonly key: string;
  readonly text: string;
}

export interface ParsedArguments {
  readonly flags: readonly GivenFlag[];
  /** Whole sentences, each naming the argument. */
  readonly problems: readonly string[];
  /** `--help` or `-h` was given. */
  readonly help: boolean;
  /** `--version` was given. */
  readonly version: boolean;
}

/**
 * Splits a command line as Go's flag package does: one dash or two,
 * `--name=value` or `--name value`, a bare `--name` for booleans, `--` ends
 * the flags. Never throws. Nothing is positional.
 */
export function parseArguments(specs: OptionSpecs, argv: readonly string[]): ParsedArguments {
  const names = flagNames(specs);
  const flags: GivenFlag[] = [];
  const problems: string[] = [];
  let help = false;
  let version = false;
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i] ?? '';
    const match = /^--?([^-=][^=]*)(?:=([\s\S]*))?$/.exec(argument);
    if (match === null) {
      if (argument === '--' && i === argv.length - 1) continue;
      problems.push(`unexpected argument ${quote(argument)}`);
      continue;
    }
    const [, name = '', inline] = match;
    const key = names.get(name);
    const option = key === undefined ? undefined : specs[key];
    if (key === undefined || option === undefined) {
      if (name === 'help' || name === 'h') help = true;
      else if (name === 'version') version = true;
      else problems.push(unknownFlag(name, [...names.keys()]));
      continue;
    }
    if (inline !== undefined) {
      flags.push({ key, text: inline });
    } else if (option.type === 'boolean') {
      flags.push({ key, text: 'true' });
      const next = argv[i + 1];
      if (next === 'true' || next === 'false') {
        problems.push(`unexpected argument ${quote(next)}: write --${name}=${next}`);
        i++;
      }
    } else {
      const value = argv[i + 1];
      if (value === undefined || isFlag(value, names)) problems.push(missingValue(option));
      else flags.push({ key, text: argv[++i] ?? '' });
    }
  }
  return { flags, problems, help, version };
}

/** Every name a flag answers to, and the key of its option. */
function flagNames(specs: OptionSpecs): Map<string, string> {
  const names = new Map<string, string>();
  for (const [key, option] of Object.entries(specs)) {
    for (const name of [option.flag, ...(option.aliases ?? [])]) names.set(name, key);
  }
  return names;
}

function unknownFlag(name: string, known: readonly string[]): string {
  const near = nearest(name, [...known, 'help', 'version']);
  return `unknown flag --${name}${near === undefined ? '' : `, did you mean --${near}?`}`;
}

function isFlag(argument: string, names: ReadonlyMap<string, string>): boolean {
  const match = /^--?([^-=][^=]*)/.exec(argument);
  return match !== null && names.has(match[1] ?? '');
}

function missingValue(option: OptionSpec): string {
  return `--${option.flag} needs a value: write --${option.flag}=VALUE`;
}
