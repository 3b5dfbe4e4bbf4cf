/** What a flag takes; a Boolean one may stand alone. */
export type FlagKind = 'string' | 'number' | 'boolean';

/** A command line that could not be read: what Go's flag package prints, and its exit code 2. */
export interface FlagRefusal {
  readonly refused: string;
}

export type FlagValues<Kinds extends Readonly<Record<string, FlagKind>>> = {
  readonly [Name in keyof Kinds]?: Kinds[Name] extends 'number'
    ? number
    : Kinds[Name] extends 'boolean'
      ? boolean
      : string;
};

/** Reads `-name=value`, `-name value` and the same with two dashes, as Go's flag package does. */
export function parseGoFlags<Kinds extends Readonly<Record<string, FlagKind>>>(
  kinds: Kinds,
  argv: readonly string[],
): FlagValues<Kinds> | FlagRefusal {
  const values: Record<string, string | number | boolean> = {};
  const rest = [...argv];
  for (let word = rest.shift(); word?.startsWith('-') && word !== '-' && word !== '--'; word = rest.shift()) {
    const [, name = '', , attached] = /^--?([^=]*)(=(.*))?$/s.exec(word) ?? [];
    const kind = kinds[name];
    if (kind === undefined) return { refused: `flag provided but not defined: -${name}` };
    const text = attached ?? (kind === 'boolean' ? 'true' : rest.shift());
    if (text === undefined) return { refused: `flag needs an argument: -${name}` };
    const value = read(kind, text);
    if (value === undefined) return { refused: `invalid value ${JSON.stringify(text)} for flag -${name}` };
    values[name] = value;
  }
  return values as FlagValues<Kinds>;
}

function read(kind: FlagKind, text: string): string | number | boolean | undefined {
  if (kind === 'string') return text;
  if (kind === 'number') return /^-?\d{1,9}$/.test(text) ? Number(text) : undefined;
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true;
  return ['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text) ? false : undefined;
}
