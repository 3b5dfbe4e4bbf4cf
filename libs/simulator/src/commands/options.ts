import type { CommandOutcome } from './command.ts';

/** One option of a program. */
export interface OptionSpec {
  /** All its spellings; the first is what the program's code asks for. */
  readonly names: readonly [string, ...string[]];
  /** Whether a word follows. */
  readonly takes?: boolean;
}

/** The words of a command line, sorted. */
export interface ParsedWords {
  /** What was given for each option, in order; an empty text for one that takes nothing. */
  readonly options: ReadonlyMap<string, readonly string[]>;
  readonly operands: readonly string[];
}

/** The first option the program does not know, or that lacks its word. */
export interface BadWord {
  readonly kind: 'unknown' | 'missing';
  readonly word: string;
}

/**
 * Sorts words as getopt_long does: `--name value`, `--name=value`, `-x value`,
 * `-xvalue`, several letters in one word, `--` before operands only.
 */
export function parseWords(args: readonly string[], specs: readonly OptionSpec[]): ParsedWords | BadWord {
  const options = new Map<string, string[]>();
  const operands: string[] = [];
  const left = [...args];
  const add = (spec: OptionSpec, value: string): void => {
    const [name] = spec.names;
    options.set(name, [...(options.get(name) ?? []), value]);
  };
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (word === '--') {
      operands.push(...left.splice(0));
    } else if (!word.startsWith('-') || word === '-') {
      operands.push(word);
    } else {
      const bad = takeOption(word, left, specs, add);
      if (bad !== undefined) return bad;
    }
  }
  return { options, operands };
}

type Add = (spec: OptionSpec, value: string) => void;

function takeOption(
  word: string,
  left: string[],
  specs: readonly OptionSpec[],
  add: Add,
): BadWord | undefined {
  const at = word.indexOf('=');
  const name = word.startsWith('--') && at > 0 ? word.slice(0, at) : word;
  const spec = find(specs, word.startsWith('--') ? name : word.slice(0, 2));
  if (spec === undefined) return { kind: 'unknown', word: word.startsWith('--') ? name : word.slice(0, 2) };
  const joined = word.startsWith('--')
    ? at > 0
      ? word.slice(at + 1)
      : undefined
    : word.slice(2) || undefined;
  if (spec.takes !== true) {
    add(spec, '');
    if (word.startsWith('--') || joined === undefined) return undefined;
    return takeOption(`-${joined}`, left, specs, add);
  }
  const value = joined ?? left.shift();
  if (value === undefined) return { kind: 'missing', word };
  add(spec, value);
  return undefined;
}

function find(specs: readonly OptionSpec[], name: string): OptionSpec | undefined {
  return specs.find(({ names }) => names.includes(name));
}

export function isBad(words: ParsedWords | BadWord): words is BadWord {
  return 'kind' in words;
}

/** The last word given for an option. */
export function optionValue({ options }: ParsedWords, name: string): string | undefined {
  return options.get(name)?.at(-1);
}

export function isGiven({ options }: ParsedWords, name: string): boolean {
  return options.has(name);
}

/** What getopt_long and the program say of a bad word. */
export function badWord(program: string, { kind, word }: BadWord, after: string, code = 1): CommandOutcome {
  const what = word.startsWith('--')
    ? kind === 'unknown'
      ? `unrecognized option '${word}'`
      : `option '${word}' requires an argument`
    : kind === 'unknown'
      ? `invalid option -- '${word.slice(1)}'`
      : `option requires an argument -- '${word.slice(1)}'`;
  return { code, stderr: `${program}: ${what}\n${after}` };
}
