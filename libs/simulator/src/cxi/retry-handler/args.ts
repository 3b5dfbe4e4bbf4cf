/** What the command line of cxi_rh asks for. */
export interface HandlerArgs {
  readonly device: string;
  readonly configFile: string;
  readonly logToStdout: boolean;
}

/** A refusal to start: what to print; the exit code is always 1. */
export interface Refusal {
  readonly refused: string;
}

const longOptions: readonly { readonly name: string; readonly short: string; readonly value: boolean }[] = [
  { name: 'conf', short: 'c', value: true },
  { name: 'device', short: 'd', value: true },
  { name: 'log-stdout', short: 'l', value: false },
  { name: 'help', short: 'help', value: false },
];

/** The real program's short option string is `c:d:lh:`: a lone -h wants an argument. */
const shortWithValue = 'cdh';
const shortPlain = 'l';

const usage = 'Usage: cxi_rh [-c|--conf FILE] [-d|--device cxiN] [-l|--log-stdout]';

/** Reads the arguments as getopt_long does: `--dev=x`, `-dx` and `-ld x` are all fine. */
export function parseHandlerArgs(argv: readonly string[]): HandlerArgs | Refusal {
  const rest = [...argv];
  const values = new Map<string, string>();
  const extra: string[] = [];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') extra.push(...rest.splice(0));
    else if (!word.startsWith('-') || word === '-') extra.push(word);
    else {
      const problem = word.startsWith('--') ? readLong(word, rest, values) : readShort(word, rest, values);
      if (problem !== undefined) return { refused: problem };
    }
  }
  if (values.has('h') || values.has('help')) return { refused: usage };
  if (extra.length > 0) return { refused: usage };
  const device = values.get('d') ?? 'cxi0';
  if (!/^cxi\d+$/.test(device)) return { refused: `Invalid device name: ${device}` };
  return { device, configFile: values.get('c') ?? '/etc/cxi_rh.conf', logToStdout: values.has('l') };
}

function readLong(word: string, rest: string[], values: Map<string, string>): string | undefined {
  const [name = '', ...tail] = word.slice(2).split('=');
  const exact = longOptions.filter((option) => option.name === name);
  const matches = exact.length > 0 ? exact : longOptions.filter((option) => option.name.startsWith(name));
  const [option] = matches;
  if (option === undefined || matches.length > 1) return `unrecognized option '${word}'\n${usage}`;
  if (!option.value) {
    if (tail.length > 0) return `option '--${option.name}' doesn't allow an argument`;
    values.set(option.short, '');
    return undefined;
  }
  const value = tail.length > 0 ? tail.join('=') : rest.shift();
  if (value === undefined) return `option '--${option.name}' requires an argument`;
  values.set(option.short, value);
  return undefined;
}

function readShort(word: string, rest: string[], values: Map<string, string>): string | undefined {
  for (let i = 1; i < word.length; i++) {
    const letter = word.charAt(i);
    if (shortPlain.includes(letter)) {
      values.set(letter, '');
      continue;
    }
    if (!shortWithValue.includes(letter)) return `invalid option -- '${letter}'\n${usage}`;
    const value = word.slice(i + 1) || rest.shift();
    if (value === undefined) return `option requires an argument -- '${letter}'`;
    values.set(letter, value);
    return undefined;
  }
  return undefined;
}
