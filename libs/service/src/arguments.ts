import { nearest } from './nearest.ts';
import type { OptionSpecs } from './option-spec.ts';
import { quote } from './option-values.ts';

/** A flag that was given, by the key of its option. */
export interface GivenFlag {
  readonly key: string;
  readonly text: string;
}

export interface ParsedArguments {
  readonly flags: readonly GivenFlag[];
  /** Half sentences, each naming the argument. */
  readonly problems: readonly string[];
  /** `--help` or `-h` was given. */
  readonly help: boolean;
  /** `--version` was given. */
  readonly version: boolean;
}

/**
 * Splits a command line as Go's flag package does: one dash or two,
 * `--name=value` or `--name value`, a bare `--name` for booleans. Nothing is
 * positional. Never throws.
 */
export function parseArguments(specs: OptionSpecs, argv: readonly string[]): ParsedArguments {
  const reader = new ArgumentReader(specs, argv);
  while (reader.next());
  return reader;
}

class ArgumentReader implements ParsedArguments {
  readonly flags: GivenFlag[] = [];
  readonly problems: string[] = [];
  help = false;
  version = false;
  readonly #specs: OptionSpecs;
  readonly #names: ReadonlyMap<string, string>;
  readonly #rest: string[];

  constructor(specs: OptionSpecs, argv: readonly string[]) {
    this.#specs = specs;
    this.#names = flagNames(specs);
    this.#rest = [...argv];
  }

  /** Reads one flag with its value; false when nothing is left. */
  next(): boolean {
    const argument = this.#rest.shift();
    if (argument === undefined) return false;
    const match = splitFlag(argument);
    const key = match && this.#names.get(match.name);
    if (match === undefined) this.#readPositional(argument);
    else if (key !== undefined) this.#readFlag(key, match);
    else this.#readBuiltIn(match.name);
    return true;
  }

  #readFlag(key: string, { name, value }: WrittenFlag): void {
    const boolean = this.#specs[key]?.type === 'boolean';
    const following = this.#rest[0];
    if (value !== undefined) {
      this.flags.push({ key, text: value });
    } else if (boolean) {
      this.flags.push({ key, text: 'true' });
      if (following === 'true' || following === 'false') {
        this.problems.push(`unexpected argument ${quote(following)}: write --${name}=${following}`);
        this.#rest.shift();
      }
    } else if (following === undefined || this.#names.has(splitFlag(following)?.name ?? '')) {
      this.problems.push(`--${name} needs a value: write --${name}=VALUE`);
    } else {
      this.flags.push({ key, text: following });
      this.#rest.shift();
    }
  }

  #readBuiltIn(name: string): void {
    if (name === 'help' || name === 'h') this.help = true;
    else if (name === 'version') this.version = true;
    else {
      const near = nearest(name, [...this.#names.keys(), 'help', 'version']);
      const hint = near === undefined ? 'see --help' : `did you mean --${near}?`;
      this.problems.push(`unknown flag ${quote(`--${name}`)}: ${hint}`);
    }
  }

  #readPositional(argument: string): void {
    // Go's flag package ends the flags at `--`; with nothing after it, it says nothing.
    if (argument === '--' && this.#rest.length === 0) return;
    this.problems.push(`unexpected argument ${quote(argument)}`);
  }
}

interface WrittenFlag {
  readonly name: string;
  readonly value: string | undefined;
}

/** `-name`, `--name` or either with `=value`; undefined for anything else. */
function splitFlag(argument: string): WrittenFlag | undefined {
  const match = /^--?([^-=][^=]*)(?:=([\s\S]*))?$/.exec(argument);
  return match === null ? undefined : { name: match[1] ?? '', value: match[2] };
}

/** Every name a flag answers to, and the key of its option. */
function flagNames(specs: OptionSpecs): Map<string, string> {
  const names = new Map<string, string>();
  for (const [key, option] of Object.entries(specs)) {
    for (const name of [option.flag, ...(option.aliases ?? [])]) names.set(name, key);
  }
  return names;
}
