/** A value of a libconfig file (https://hyperrealm.github.io/libconfig/). */
export type ConfigValue =
  | number
  | boolean
  | string
  | readonly ConfigValue[]
  | { readonly [name: string]: ConfigValue };

/** The settings, or the line and reason why the text is not a libconfig file. */
export type ConfigResult =
  | { readonly settings: Readonly<Record<string, ConfigValue>> }
  | { readonly line: number; readonly reason: string };

const token =
  /(?<space>\s+|\/\/[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/)|(?<string>"(?:[^"\\]|\\[\s\S])*")|(?<float>[-+]?(?:\d+\.\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?\d+[eE][-+]?\d+)|(?<hex>0[xX][0-9a-fA-F]+L{0,2})|(?<int>[-+]?\d+L{0,2})|(?<name>[A-Za-z*][-A-Za-z0-9_*]*)|(?<mark>[=:;,()[\]{}])/y;

interface Token {
  readonly kind: string;
  readonly text: string;
  readonly line: number;
}

class SyntaxProblem extends Error {
  readonly line: number;
  constructor(line: number, reason: string) {
    super(reason);
    this.line = line;
  }
}

/** Reads libconfig text without @include; deeper than 32 levels is refused. */
export function parseLibconfig(text: string): ConfigResult {
  try {
    const tokens = tokenize(text);
    const settings = readSettings(tokens, undefined, 0);
    return { settings };
  } catch (error) {
    if (error instanceof SyntaxProblem) return { line: error.line, reason: error.message };
    throw error;
  }
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  token.lastIndex = 0;
  while (token.lastIndex < text.length) {
    const match = token.exec(text);
    if (match === null) throw new SyntaxProblem(line, 'syntax error');
    const [kind = ''] = Object.entries(match.groups ?? {}).find(([, value]) => value !== undefined) ?? [];
    if (kind !== 'space') tokens.push({ kind, text: match[0], line });
    line += match[0].split('\n').length - 1;
  }
  return tokens.reverse();
}

/** Tokens are taken from the end: the list is reversed. */
function readSettings(tokens: Token[], end: string | undefined, depth: number): Record<string, ConfigValue> {
  const settings: Record<string, ConfigValue> = Object.create(null);
  for (let name = tokens.pop(); name?.text !== end; name = tokens.pop()) {
    if (name?.kind !== 'name') throw new SyntaxProblem(name?.line ?? 0, 'a setting name is missing');
    const mark = tokens.pop();
    if (mark?.text !== '=' && mark?.text !== ':')
      throw new SyntaxProblem(name.line, `"=" is missing after ${name.text}`);
    if (name.text in settings) throw new SyntaxProblem(name.line, `duplicate setting ${name.text}`);
    settings[name.text] = readValue(tokens, name.line, depth);
    if (/^[;,]$/.test(tokens.at(-1)?.text ?? '')) tokens.pop();
  }
  return settings;
}

function readValue(tokens: Token[], line: number, depth: number): ConfigValue {
  const first = tokens.pop();
  if (first === undefined || depth > 32) throw new SyntaxProblem(line, 'a value is missing');
  if (first.text === '{') return readSettings(tokens, '}', depth + 1);
  if (first.text === '[') return readList(tokens, ']', first.line, depth);
  if (first.text === '(') return readList(tokens, ')', first.line, depth);
  if (first.kind === 'string') return readString(first, tokens);
  if (first.kind === 'hex' || first.kind === 'int' || first.kind === 'float')
    return Number(first.text.replace(/L+$/, ''));
  if (/^(true|false)$/i.test(first.text)) return first.text.toLowerCase() === 'true';
  throw new SyntaxProblem(first.line, `unexpected ${first.text}`);
}

function readList(tokens: Token[], end: string, line: number, depth: number): ConfigValue[] {
  const values: ConfigValue[] = [];
  while (tokens.at(-1)?.text !== end) {
    values.push(readValue(tokens, line, depth + 1));
    if (tokens.at(-1)?.text === ',') tokens.pop();
    else if (tokens.at(-1)?.text !== end) throw new SyntaxProblem(line, 'a list is not closed');
  }
  tokens.pop();
  return values;
}

/** Adjacent strings are one string. */
function readString(first: Token, tokens: Token[]): string {
  let text = unquote(first.text);
  while (tokens.at(-1)?.kind === 'string') text += unquote(tokens.pop()?.text ?? '""');
  return text;
}

function unquote(text: string): string {
  const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f' };
  return text.slice(1, -1).replace(/\\([\s\S])/g, (_, letter: string) => escapes[letter] ?? letter);
}
